"""Statements in the ledger: untouched they pass, and whoever changes one is found out."""

import tempfile
from pathlib import Path

from disclosures import workflow
from disclosures.choices import StatementState
from disclosures.models import Explanation, OfflineDisclosure
from tests.disclosures.test_evidence import EvidenceCase, sql, without_guards
from tests.factories import make_explanation, make_offline, make_signers


class StatementEvidenceTest(EvidenceCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.matter, cls.unit = cls.disclosure.matter, cls.disclosure.unit
        place = {"matter": cls.matter, "unit": cls.unit}
        for state in (StatementState.RETURNED, StatementState.ENDED, StatementState.SIGNED):
            make_explanation(state=state, **place)
        make_explanation(detail="改为年底公开", state=StatementState.SIGNED, **place)
        make_explanation(detail="等待签字的说明", **place)
        cls.record = make_offline(state=StatementState.SIGNED, **place)
        make_offline(title="另一次公示", **place)
        cls.review = workflow.confirm_current(cls.disclosure, by=make_signers(cls.unit)[0])

    def assert_found(self, words):
        self.assertIn(words, self.verified())
        with tempfile.TemporaryDirectory() as folder:
            status, found = self.verified_offline(folder)
        self.assertEqual(status, 1)
        self.assertIn(words, found)

    def tamper(self, statement, *params):
        with without_guards():
            sql(statement, *params)

    def test_untouched_they_pass_both(self):
        self.assertIn("核验通过", self.verified())
        with tempfile.TemporaryDirectory() as folder:
            status, words = self.verified_offline(folder)
        self.assertEqual(status, 0, words)

    def test_what_was_stated(self):
        signed = Explanation.objects.in_force().get()
        self.tamper("UPDATE disclosures_explanation SET detail = '不公开' WHERE id = %s", signed.pk)
        self.assert_found(f"{signed.reference}与台账中填报的不一致")

    def test_a_signature_that_nobody_gave(self):
        pending = OfflineDisclosure.objects.pending().get()
        self.tamper(
            "UPDATE disclosures_offlinedisclosure SET state = 'signed', signed_by_id = %s "
            "WHERE id = %s",
            make_signers()[3].pk,
            pending.pk,
        )
        self.assert_found(f"{pending.reference}的状态、签字人或意见与台账不符")

    def test_the_remark_of_a_return(self):
        returned = Explanation.objects.get(state=StatementState.RETURNED)
        self.tamper("UPDATE disclosures_explanation SET remark = '同意' WHERE id = %s", returned.pk)
        self.assert_found(f"{returned.reference}的状态、签字人或意见与台账不符")

    def test_one_that_is_gone(self):
        pending = Explanation.objects.pending().get()
        self.tamper("DELETE FROM disclosures_explanation WHERE id = %s", pending.pk)
        self.assert_found(f"{pending.reference}已不在")

    def test_one_put_in(self):
        pending = Explanation.objects.pending().get()
        known = pending.reference
        with without_guards():
            pending.pk, pending.state = None, StatementState.SIGNED
            pending._state.adding = True
            Explanation.objects.filter(state=StatementState.SIGNED).update(state="ended")
            pending.save(force_insert=True)
        self.assertNotEqual(pending.reference, known)
        self.assert_found(f"{pending.reference}在台账中没有记录")

    def test_a_review(self):
        self.tamper(
            "UPDATE disclosures_review SET reviewed_by_id = %s WHERE id = %s",
            make_signers()[3].pk,
            self.review.pk,
        )
        self.assert_found(f"{self.review.reference}与台账中填报的不一致")

    def test_the_bytes_of_the_evidence(self):
        stored = Path(self.record.evidence.get().file.path)
        content = stored.read_bytes()
        self.addCleanup(stored.write_bytes, content)
        stored.write_bytes(content + b"x")
        self.assert_found("附件“公示栏.jpg”与签字时不符")
        self.assertIn("核验通过", self.verified(skip_files=True))

from django.test import SimpleTestCase

from catalog import exchange


class CsvTest(SimpleTestCase):
    def test_a_row_ends_where_csv_ends_it_and_nowhere_else(self):
        for separator in ("\u2028", "\x85", "\x0b", "\x0c"):
            with self.subTest(repr(separator)):
                written = f"编码,名称\r\n01,甲{separator}乙\r\n02,丙\r\n"
                names = exchange.CSV().create_dataset(written.encode())["名称"]
                self.assertEqual(len(names), 2)
                self.assertIn("乙", names[0])

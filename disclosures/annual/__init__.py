"""政府信息公开工作年度报告: the nationally fixed form (国办公开办函〔2021〕30号), filled and set.

``tables`` says what the form looks like and what must add up, ``figures`` counts what the portal
has rows for, ``report`` brings both together; ``body``, ``word``, ``paper`` and ``sheet`` write
the same blocks as page, DOCX, PDF and XLSX. Steps are in ``workflow.annual``.
"""

"""What a test may need of the machine; in CI a test that is left out has failed."""

from unittest import skipUnless

import typst

from catalog import typesetting

needs_fonts = skipUnless(
    {*typesetting.SERIF, *typesetting.SANS} & set(typst.Fonts().families()),
    "no Chinese font is installed",
)

"""四册一图一表 for print and as workbooks, made from live data."""

from .editions import BOOKLETS, COUNTY, Booklet, Edition
from .source import Source
from .store import day_of, made, sizes, tag

__all__ = ["BOOKLETS", "COUNTY", "Booklet", "Edition", "Source", "day_of", "made", "sizes", "tag"]

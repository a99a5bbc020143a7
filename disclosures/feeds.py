from django.contrib.syndication.views import Feed
from django.utils.feedgenerator import Atom1Feed

from .models import Disclosure


class DisclosuresFeed(Feed):
    """The newest disclosures; of a restricted one no more than its title."""

    feed_type = Atom1Feed
    title = "定远县政务公开·最新公开"
    link = "/disclosures/"
    subtitle = "全县各单位最新发布的政府信息"

    def items(self):
        return Disclosure.objects.listed().order_by("-published_at", "-pk")[:50]

    def item_title(self, item):
        return item.live_revision.title

    def item_description(self, item):
        if item.is_restricted:
            return "这条信息只向特定群体公开，网站不登载正文。"
        return item.live_revision.summary

    def item_author_name(self, item):
        return item.unit.name

    def item_pubdate(self, item):
        return item.published_at

    def item_updateddate(self, item):
        return item.live_revision.published_at

    def item_categories(self, item):
        return [item.get_category_display(), item.matter.name]

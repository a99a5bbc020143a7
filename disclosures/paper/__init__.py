"""What the portal prints for the file cabinet."""

from .form import PaperError, sign_off_form

__all__ = ["PaperError", "sign_off_form"]

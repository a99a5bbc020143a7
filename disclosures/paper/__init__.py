"""What the portal prints for the file cabinet."""

from .form import sign_off_form
from .trace import trace_form

__all__ = ["sign_off_form", "trace_form"]

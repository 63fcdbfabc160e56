"""The domain of real expressions."""

from sagredo.domains.expressions.domain import Expressions

__all__ = ["Expressions"]

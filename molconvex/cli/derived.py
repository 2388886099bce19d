"""Commands whose options come from a settings class, which is imported only when its command is asked for."""

import inspect
from collections.abc import Callable, Collection
from functools import cached_property
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand

from molconvex.cli.options import options_of

Function = Callable[..., None]


def add_derived(app: typer.Typer, name: str, function: Function, *settings: str, without: Collection[str] = ()) -> None:
    """Add a command that takes its own parameters and an option for each setting.

    Args:
        app: Where to add it.
        name: Of the command.
        function: Takes parameters of its own and `**values`: the settings by name, None where not given.
        settings: Classes of the settings, each "package.module:Class".
        without: Settings that are no options.
    """

    class Command(DerivedCommand):
        build = staticmethod(lambda: with_options(function, *map(_loaded, settings), without=without))

    app.command(name, cls=Command, help=inspect.getdoc(function))(lambda: None)


class DerivedCommand(TyperCommand):
    """A command that is known by name and help, and learns its parameters when it is used."""

    build: Callable[[], Function]

    @cached_property
    def whole(self) -> Any:
        """The command with all its parameters."""
        single = typer.Typer(add_completion=False)
        single.command(self.name)(self.build())
        return typer.main.get_command(single)

    def get_params(self, ctx: Any) -> Any:
        """Own parameters and options from the settings."""
        return self.whole.get_params(ctx)

    def invoke(self, ctx: Any) -> Any:
        """Call the function with all of them."""
        return self.whole.invoke(ctx)


def with_options(function: Function, *settings: type, without: Collection[str] = ()) -> Function:
    """A function with a signature of its own parameters, then an option for each setting."""
    own = [
        item.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for item in inspect.signature(function).parameters.values()
        if item.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    hidden = {*without, *(item.name for item in own)}
    options = [option for kind in settings for option in options_of(kind, hidden)]

    def command(**values: Any) -> None:
        function(**values)

    command.__doc__ = function.__doc__
    command.__signature__ = inspect.Signature([*own, *options])  # type: ignore[attr-defined]
    return command


def _loaded(settings: str) -> type:
    module, _, name = settings.partition(":")
    return getattr(import_module(module), name)

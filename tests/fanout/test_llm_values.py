"""Answers as values: schemas of every kind that braid.llm takes, and what does not fit them."""

import dataclasses
import datetime
import decimal
import enum
import json
import typing

import pydantic
import pytest
from model_server import Reply, Server
from package import client_of, llm

pytestmark = pytest.mark.usefixtures("native")


@dataclasses.dataclass
class Tag:
    name: str
    weight: float
    kinds: list[str]


class TagDict(typing.TypedDict):
    name: str


def test_schemas():
    server = Server(lambda call: Reply('{"name": "a", "weight": 2, "kinds": ["x"]}'))
    with server, client_of(server) as client:
        assert client.ask("x", schema=Tag).value == Tag("a", 2, ["x"])
        sent = server.calls[0].body["response_format"]["json_schema"]["schema"]
        assert sent["required"] == ["name", "weight", "kinds"]
        value = client.ask("x", schema={"type": "object"}).value
        assert value["name"] == "a"
    with Server(lambda call: Reply('{"name": 5}')) as server, client_of(server) as client:
        with pytest.raises(llm.LlmError, match="/name"):
            client.ask("x", schema=TagDict)
        assert server.posts == 3
    with Server() as server, client_of(server) as client:
        with pytest.raises(llm.Refused):
            client.ask("x", schema={"typo": 1})
        assert server.posts == 0


class Colour(enum.Enum):
    red = "r"
    green = "g"


@dataclasses.dataclass(frozen=True)
class Place:
    city: str
    code: int = 0


@dataclasses.dataclass
class Trip:
    start: Place
    end: Place | None
    stops: dict[str, Place]
    colour: Colour
    mode: typing.Literal["car", "train"]
    span: tuple[int, float]
    codes: set[int]
    names: tuple[str, ...] = ()
    more: typing.Any = None


KINDS = [
    (
        Trip,
        {
            "start": {"city": "Rome"},
            "end": {"city": "Oslo", "code": 2},
            "stops": {"a": {"city": "Bonn"}},
            "colour": "g",
            "mode": "car",
            "span": [1, 2.5],
            "codes": [1, 2],
            "names": ["x"],
            "more": {"any": [None]},
        },
        Trip(
            Place("Rome"),
            Place("Oslo", 2),
            {"a": Place("Bonn")},
            Colour.green,
            "car",
            (1, 2.5),
            {1, 2},
            ("x",),
            {"any": [None]},
        ),
    ),
    (list[Place], [{"city": "Rome"}], [Place("Rome")]),
    (typing.Optional[Place], None, None),
    (Colour, "r", Colour.red),
    (int, 5, 5),
    (list[str], ["a"], ["a"]),
    (dict[str, Colour], {"a": "g"}, {"a": Colour.green}),
    (frozenset[str], ["a"], frozenset("a")),
    ({"type": "array", "items": {"type": "boolean"}}, [True], [True]),
]


@pytest.mark.parametrize(("kind", "said", "value"), KINDS, ids=lambda each: str(each)[:30])
def test_values_of_types(kind, said, value):
    fenced = f"```json\n{json.dumps(said)}\n```"
    for text in (json.dumps(said), fenced):
        with Server(lambda call, text=text: Reply(text)) as server, client_of(server) as client:
            assert client.ask("x", schema=kind).value == value


class Cat(pydantic.BaseModel):
    kind: typing.Literal["cat"]
    lives: int = pydantic.Field(ge=0, le=9)


class Dog(pydantic.BaseModel):
    kind: typing.Literal["dog"]


class Owner(pydantic.BaseModel):
    name: str = pydantic.Field(min_length=1, pattern="^[a-z]+$", examples=["ann"])
    pets: list[Cat | Dog]
    first: typing.Annotated[Cat | Dog, pydantic.Field(discriminator="kind")]
    since: datetime.date
    colour: Colour = Colour.red
    paid: decimal.Decimal | None = None
    codes: set[int] = set()

    @pydantic.field_validator("name")
    @classmethod
    def nobody(cls, name):
        if name == "nobody":
            raise ValueError("nobody owns nothing")
        return name


def owner(name, **more):
    cat = {"kind": "cat", "lives": 9}
    return {"name": name, "pets": [cat], "first": cat, "since": "2024-02-29", **more}


def test_models_of_pydantic():
    said = owner("ann", colour="g", paid="1.50", codes=[1])
    with Server(lambda call: Reply(json.dumps(said))) as server, client_of(server) as client:
        assert client.ask("x", schema=Owner).value == Owner.model_validate(said)
        sent = server.calls[0].body["response_format"]["json_schema"]
    assert sent["schema"]["properties"].keys() == Owner.model_fields.keys()


def test_what_a_model_alone_finds_wrong_is_the_failure_of_its_call():
    """The schema cannot say it, so it is not asked again; the other answers stand."""
    with Server(lambda call: Reply(json.dumps(owner(call.prompt)))) as server:
        with client_of(server) as client:
            answers = client.map(["ann", "nobody", "bob"], schema=Owner)
            assert [each.status for each in answers] == ["ok", "failed", "ok"]
            assert [each and each.value.name for each in answers[::2]] == ["ann", "bob"]
            assert "nobody owns nothing" in answers[1].error
            assert '"nobody"' in answers[1].text and answers[1].usage.prompt > 0
            with pytest.raises(llm.LlmError, match="nobody owns nothing"):
                client.ask("nobody", schema=Owner)
        assert server.posts == 4


@pytest.mark.parametrize("kind", ["str", 5, bytes, complex], ids=repr)
def test_what_has_no_schema_is_refused(kind):
    with Server() as server, client_of(server) as client:
        with pytest.raises(llm.Refused, match="no JSON schema"):
            client.ask("x", schema=kind)
        assert server.posts == 0

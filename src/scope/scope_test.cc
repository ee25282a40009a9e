#include "scope/scope.h"

#include <gtest/gtest.h>

namespace braid::scope {
namespace {

using syntax::NodeId;
using syntax::NodeKind;

struct Program {
  SymbolTable symbols;
  syntax::SyntaxTree tree;
  Scopes scopes;

  explicit Program(std::string text)
      : tree(syntax::parse(std::make_shared<const Source>("program.py", std::move(text)), symbols)),
        scopes(resolve_names(tree, symbols)) {
    EXPECT_FALSE(tree.has_errors());
  }

  std::string dump() const { return scope::dump(scopes, tree, symbols); }

  // The node whose name stands at the n-th (from 0) `spelling` in the text.
  NodeId named(std::string_view spelling, int n = 0) const {
    std::size_t at = tree.source().text().find(spelling);
    for (; n > 0; --n) at = tree.source().text().find(spelling, at + 1);
    for (std::uint32_t i = 0; i < tree.size(); ++i) {
      const syntax::Node& node = tree[NodeId{i}];
      const Span span = node.kind == NodeKind::Name ? node.span : node.name_span;
      if (span.begin == at && span.size() == spelling.size()) return NodeId{i};
    }
    ADD_FAILURE() << "nothing is named " << spelling << " there";
    return tree.root();
  }

  std::string owner(std::string_view spelling, int n = 0) const {
    const BindingId variable = scopes.variable(named(spelling, n));
    if (!variable) return "none";
    const Scope& home = scopes[scopes[variable].scope];
    const Symbol name = tree[home.node].name;
    return name ? std::string(symbols.text(name))
                : std::string(syntax::name_of(tree.kind(home.node)));
  }

  Access access(std::string_view spelling, int n = 0) const {
    return scopes.access(named(spelling, n));
  }

  std::string errors() const {
    std::string all;
    for (const syntax::SyntaxError& error : scopes.errors()) all += error.message + "\n";
    return all;
  }

  std::string uses(std::string_view spelling, int n = 0) const {
    std::string all;
    for (const Occurrence& each : scopes.occurrences(scopes.variable(named(spelling, n)))) {
      all += std::to_string(tree.source().position(tree.span(each.node).begin).line);
      all += "nrwdx"[static_cast<int>(each.access)];
      all += ' ';
    }
    return all;
  }
};

TEST(Scope, NamesOfAModule) {
  const Program program(
      "import os.path, sys as system\n"
      "from json import loads\n"
      "total = 0\n"
      "for page in pages:\n"
      "    total += page\n"
      "del total\n");
  EXPECT_EQ(program.dump(),
            "[module top]\n"
            "  os  local imported\n"
            "  system  local imported\n"
            "  loads  local imported\n"
            "  total  local assigned deleted\n"
            "  page  local assigned referenced\n"
            "  pages  global referenced\n");
}

TEST(Scope, AFunctionItsParametersAndGlobals) {
  const Program program(
      "LIMIT = 3\n"
      "def fetch(url: str, /, *rest, retries=LIMIT, **options):\n"
      "    global count\n"
      "    count = len(url)\n"
      "    return LIMIT\n");
  EXPECT_EQ(program.dump(),
            "[module top]\n"
            "  LIMIT  local assigned referenced\n"
            "  fetch  local assigned definition\n"
            "  str  global referenced\n"
            "  count  declared-global global\n"
            "  len  global\n"
            "  [function fetch] line 2\n"
            "    url  local parameter referenced\n"
            "    rest  local parameter\n"
            "    retries  local parameter\n"
            "    options  local parameter\n"
            "    count  declared-global assigned global\n"
            "    len  global referenced\n"
            "    LIMIT  global referenced\n");
  EXPECT_EQ(program.uses("count"), "3n 4w ");
  EXPECT_EQ(program.uses("LIMIT"), "1w 2r 5r ");
}

TEST(Scope, AClosurePassesThroughEveryScopeBetween) {
  const Program program(
      "def outer():\n"
      "    def middle():\n"
      "        class Box:\n"
      "            def method(self):\n"
      "                return value\n"
      "    value = 1\n");
  EXPECT_EQ(program.dump(),
            "[module top]\n"
            "  outer  local assigned definition\n"
            "  [function outer] line 1\n"
            "    middle  local assigned definition\n"
            "    value  cell assigned\n"
            "    [function middle] line 2 nested\n"
            "      Box  local assigned definition\n"
            "      value  free\n"
            "      [class Box] line 3 nested\n"
            "        method  local assigned definition\n"
            "        value  free\n"
            "        [function method] line 4 nested\n"
            "          self  local parameter\n"
            "          value  free referenced\n");
  EXPECT_EQ(program.owner("value"), "outer");
}

TEST(Scope, NonlocalWritesTheEnclosingVariable) {
  const Program program(
      "def outer():\n"
      "    n = 0\n"
      "    def step():\n"
      "        nonlocal n\n"
      "        n += 1\n"
      "    return step\n");
  EXPECT_EQ(program.uses("n"), "2w 4n 5x ");
  EXPECT_EQ(program.owner("n", 3), "outer");
}

TEST(Scope, AClassHidesNothingFromItsMethods) {
  const Program program(
      "def f():\n"
      "    x = 1\n"
      "    class C:\n"
      "        x = 2\n"
      "        y = x\n"
      "        def m(self):\n"
      "            return x\n");
  EXPECT_EQ(program.owner("x"), "f");
  EXPECT_EQ(program.owner("x", 1), "C");
  EXPECT_EQ(program.owner("x", 2), "C");
  EXPECT_EQ(program.owner("x", 3), "f");
}

TEST(Scope, GlobalInAFunctionHoldsForFunctionsInside) {
  const Program program(
      "def f():\n"
      "    x = 1\n"
      "    def g():\n"
      "        global x\n"
      "        def h():\n"
      "            return x\n");
  EXPECT_EQ(program.owner("x", 2), "Module");
  EXPECT_EQ(program.owner("x", 0), "f");
}

TEST(Scope, SuperCapturesTheClassCell) {
  const Program program(
      "class C:\n"
      "    def a(self):\n"
      "        super().a()\n"
      "    def b(self):\n"
      "        return [__class__ for _ in self]\n"
      "def alone():\n"
      "    return super\n");
  EXPECT_EQ(program.dump(),
            "[module top]\n"
            "  C  local assigned definition\n"
            "  alone  local assigned definition\n"
            "  super  global\n"
            "  __class__  global\n"
            "  [class C] line 1\n"
            "    a  local assigned definition\n"
            "    b  local assigned definition\n"
            "    [function a] line 2\n"
            "      self  local parameter\n"
            "      super  global referenced\n"
            "      __class__  free referenced\n"
            "    [function b] line 4\n"
            "      self  local parameter referenced\n"
            "      __class__  free\n"
            "      [comprehension listcomp] line 5 nested\n"
            "        .0  local parameter iteration\n"
            "        _  local assigned iteration\n"
            "        __class__  free referenced\n"
            "  [function alone] line 6\n"
            "    super  global referenced\n"
            "    __class__  global referenced\n");
  EXPECT_EQ(program.owner("__class__"), "C");
}

TEST(Scope, AComprehensionHasItsOwnVariableAndTheFirstIterableIsOutside) {
  const Program program(
      "class Table:\n"
      "    rows = [1]\n"
      "    width = 2\n"
      "    cells = [row for row in rows for column in range(width) if row]\n"
      "row = 0\n");
  EXPECT_EQ(program.owner("rows", 1), "Table");
  EXPECT_EQ(program.owner("width", 1), "Module");
  EXPECT_EQ(program.uses("row", 2), "4r 4w 4r ");
  const ScopeId inner = program.scopes.scope_at(program.named("range"));
  EXPECT_EQ(program.scopes[inner].kind, ScopeKind::Comprehension);
  EXPECT_EQ(program.scopes.scope_at(program.named("rows", 1)), program.scopes[inner].parent);
}

TEST(Scope, AWalrusInAComprehensionBindsAround) {
  const Program program(
      "def f(lines):\n"
      "    found = [last for line in lines if [last := line for _ in line]]\n"
      "    return last\n"
      "if any((hit := x) for x in []): pass\n");
  EXPECT_EQ(program.owner("last", 2), "f");
  EXPECT_EQ(program.uses("last"), "2r 2w 3r ");
  EXPECT_EQ(program.owner("hit"), "Module");
  EXPECT_NE(program.dump().find("  hit  declared-global global\n"), std::string::npos);
  EXPECT_EQ(program.errors(), "");
}

TEST(Scope, LambdasAndDefaults) {
  const Program program(
      "def f(x):\n"
      "    return lambda y, z=x: x + y + z\n");
  EXPECT_EQ(program.uses("x"), "1w 2r 2r ");
  EXPECT_EQ(program.scopes[program.scopes.scope_at(program.named("x", 1))].kind,
            ScopeKind::Function);
  EXPECT_EQ(program.scopes[program.scopes.scope_at(program.named("x", 2))].kind, ScopeKind::Lambda);
}

TEST(Scope, DecoratorsBasesAndAnnotationsBelongAround) {
  const Program program(
      "def outer(Base, wrap, Type):\n"
      "    @wrap\n"
      "    class C(Base, metaclass=Type):\n"
      "        @wrap\n"
      "        def m(self, x: Type) -> Base: pass\n");
  for (const auto& [name, count] : {std::pair{"wrap", 3}, {"Base", 3}, {"Type", 3}}) {
    for (int i = 0; i < count; ++i) EXPECT_EQ(program.owner(name, i), "outer") << name << i;
  }
  const auto kind_at = [&](const char* name, int n) {
    return program.scopes[program.scopes.scope_at(program.named(name, n))].kind;
  };
  EXPECT_EQ(kind_at("wrap", 1), ScopeKind::Function);
  EXPECT_EQ(kind_at("wrap", 2), ScopeKind::Class);
  EXPECT_EQ(kind_at("Type", 2), ScopeKind::Class);
  EXPECT_EQ(kind_at("x", 0), ScopeKind::Function);
}

TEST(Scope, AnnotationsOfLocalsBind) {
  const Program program(
      "x = 1\n"
      "def f():\n"
      "    x: int\n"
      "    (y): int = 2\n"
      "    (z): int\n"
      "    self.w: int = x\n");
  EXPECT_EQ(program.owner("x", 1), "f");
  EXPECT_EQ(program.access("x", 1), Access::none);
  EXPECT_EQ(program.access("y"), Access::Write);
  EXPECT_EQ(program.owner("z"), "none");
  EXPECT_NE(program.dump().find("    x  local assigned referenced annotated\n"), std::string::npos);
  EXPECT_NE(program.dump().find("    y  local assigned\n"), std::string::npos);
}

TEST(Scope, DeferredAnnotationsReadNothing) {
  const Program program(
      "from __future__ import annotations\n"
      "import requests\n"
      "def f(s: requests.Session, t: Missing) -> [a for a in x]: pass\n");
  EXPECT_EQ(program.dump(),
            "[module top]\n"
            "  annotations  local imported\n"
            "  requests  local imported\n"
            "  f  local assigned definition\n"
            "  [function f] line 3\n"
            "    s  local parameter\n"
            "    t  local parameter\n");
  EXPECT_EQ(program.owner("requests", 1), "Module");
  EXPECT_EQ(program.access("requests", 1), Access::none);
  EXPECT_EQ(program.uses("requests"), "2w ");
  EXPECT_EQ(program.owner("Missing"), "none");
}

TEST(Scope, EveryWayToBind) {
  const Program program(
      "def f(pairs):\n"
      "    a, (b, *c), d[0], e.f = pairs\n"
      "    with open(a) as g, open(b) as (h, i): pass\n"
      "    try: pass\n"
      "    except E as j: pass\n"
      "    import k.l\n"
      "    def m(): pass\n"
      "    class n: pass\n"
      "    match pairs:\n"
      "        case [o, *p] | {'x': o, **p}: pass\n"
      "        case C(q, r=s) as t if (u := t): pass\n"
      "        case _: pass\n"
      "    for v in pairs: pass\n"
      "    del w, (x,)\n"
      "    async def y(): await z\n");
  std::string locals;
  std::string globals;
  const Scope& f = program.scopes[ScopeId{1U}];
  for (const BindingId id : f.bindings) {
    const Binding& binding = program.scopes[id];
    (binding.name_class == NameClass::Local ? locals : globals) +=
        std::string(program.symbols.text(binding.name)) + " ";
  }
  EXPECT_EQ(locals, "pairs a b c g h i j k m n o p q s t u v w x y ");
  EXPECT_EQ(globals, "d e open E C ");
}

TEST(Scope, PrivateNamesAreMangled) {
  const Program program(
      "class __Box:\n"
      "    import __lib.part\n"
      "    __size = 1\n"
      "    def __len__(self, __n): return __n + __size + __lib\n"
      "class ___:\n"
      "    __plain = 1\n");
  EXPECT_EQ(program.dump(),
            "[module top]\n"
            "  __Box  local assigned definition\n"
            "  ___  local assigned definition\n"
            "  _Box__size  global\n"
            "  _Box__lib  global\n"
            "  [class __Box] line 1\n"
            "    _Box__lib  local imported\n"
            "    _Box__size  local assigned\n"
            "    __len__  local assigned definition\n"
            "    [function __len__] line 4\n"
            "      self  local parameter\n"
            "      _Box__n  local parameter referenced\n"
            "      _Box__size  global referenced\n"
            "      _Box__lib  global referenced\n"
            "  [class ___] line 5\n"
            "    __plain  local assigned\n");
}

TEST(Scope, TheHeadOfAGenericClassManglesItsTypeParametersOnly) {
  const Program program("class C[__T](__Base[__T]):\n    __size: __T\n");
  EXPECT_EQ(program.dump(),
            "[module top]\n"
            "  C  local assigned definition\n"
            "  __Base  global\n"
            "  [type-parameters C] line 1\n"
            "    _C__T  cell assigned referenced type-parameter\n"
            "    __Base  global referenced\n"
            "    [class C] line 1 nested\n"
            "      _C__size  local assigned annotated\n"
            "      _C__T  free referenced\n");
}

TEST(Scope, FormattedStringsReadNames) {
  const Program program("def f(a, b):\n    return f'{a!r:>{b}} {[c for c in a]}' f'{a=}'\n");
  EXPECT_EQ(program.uses("a"), "1w 2r 2r 2r ");
  EXPECT_EQ(program.uses("b"), "1w 2r ");
}

TEST(Scope, TypeParametersAndAliases) {
  const Program program(
      "class C[T: (int, str)]:\n"
      "    U = T\n"
      "    def m[V](self, v: V, u: U) -> T: return V\n"
      "    type A[W] = list[W, U, T]\n");
  EXPECT_EQ(program.owner("U", 1), "C");
  EXPECT_EQ(program.owner("U", 2), "C");
  EXPECT_EQ(program.owner("T", 1), "List");
  EXPECT_EQ(program.uses("T"), "1w 2r 3r 4r ");
  EXPECT_EQ(program.uses("V"), "3w 3r 3r ");
  EXPECT_EQ(program.uses("W"), "4w 4r ");
  EXPECT_EQ(program.errors(), "");
}

TEST(Scope, AnnotationScopesSeeTheClassAndWhatIsInsideThemDoesNot) {
  const Program program(
      "def around(x, y):\n"
      "    class C:\n"
      "        global x\n"
      "        y = 1\n"
      "        class E[T](x, y):\n"
      "            z = x, y\n");
  EXPECT_EQ(program.owner("x", 2), "Module");
  EXPECT_EQ(program.owner("y", 2), "C");
  EXPECT_EQ(program.owner("x", 3), "around");
  EXPECT_EQ(program.owner("y", 3), "around");
}

TEST(Scope, FindAndTheScopesOfDefinitions) {
  Program program("def show(x):\n    print(x)\n");
  const NodeId definition = program.named("show");
  const ScopeId f = program.scopes.scope_of(definition);
  EXPECT_EQ(program.scopes[f].kind, ScopeKind::Function);
  EXPECT_EQ(program.scopes.scope_at(definition), program.scopes.module_scope());
  EXPECT_EQ(program.scopes.scope_of(program.tree.root()), program.scopes.module_scope());
  EXPECT_FALSE(program.scopes.scope_of(program.named("x", 1)));
  EXPECT_TRUE(program.scopes.find(f, program.symbols.find_own("x")));
  EXPECT_FALSE(program.scopes.find(f, program.symbols.find_own("show")));
  EXPECT_FALSE(program.scopes.find(f, program.symbols.intern("absent")));
  const BindingId builtin =
      program.scopes.find(program.scopes.module_scope(), program.symbols.find_own("print"));
  ASSERT_TRUE(builtin);
  EXPECT_EQ(program.scopes[builtin].flags, 0);
  EXPECT_EQ(program.scopes.variable(program.named("print")), builtin);
}

TEST(Scope, OccurrencesComeInTheOrderOfTheText) {
  const Program program("x = 1\ny = x\\\n if x else\\\n x\nz = {x:\n x for a in\n x}\n");
  EXPECT_EQ(program.uses("x"), "1w 2r 3r 4r 5r 6r 7r ");
}

TEST(Scope, StarImportsAndGenerators) {
  const Program program("from m import *\ndef f():\n    yield 1\ng = (i for i in f())\n");
  EXPECT_TRUE(program.scopes[program.scopes.module_scope()].has_star_import);
  EXPECT_TRUE(program.scopes[ScopeId{1U}].is_generator);
  EXPECT_TRUE(program.scopes[ScopeId{2U}].is_generator);
}

TEST(Scope, WhatPythonRejects) {
  const auto errors = [](const char* text) { return Program(text).errors(); };
  EXPECT_EQ(errors("def f(a, a): pass\n"), "duplicate argument 'a' in function definition\n");
  EXPECT_EQ(errors("def f(a):\n  global a\n"), "name 'a' is parameter and global\n");
  EXPECT_EQ(errors("print(a)\nglobal a\n"), "name 'a' is used prior to global declaration\n");
  EXPECT_EQ(errors("def f():\n  a = 1\n  global a\n"),
            "name 'a' is assigned to before global declaration\n");
  EXPECT_EQ(errors("def f():\n  a: int\n  nonlocal a\n"),
            "annotated name 'a' can't be nonlocal\nno binding for nonlocal 'a' found\n");
  EXPECT_EQ(errors("def f():\n  global a\n  a: int\n"), "annotated name 'a' can't be global\n");
  EXPECT_EQ(errors("nonlocal a\n"), "nonlocal declaration not allowed at module level: 'a'\n");
  EXPECT_EQ(errors("def f():\n  nonlocal a\n"), "no binding for nonlocal 'a' found\n");
  EXPECT_EQ(errors("def f():\n  a = 1\n  def g():\n    global a\n    nonlocal a\n"),
            "name 'a' is nonlocal and global\n");
  EXPECT_EQ(errors("def f():\n  from m import *\n"), "import * only allowed at module level\n");
  EXPECT_EQ(errors("[a := 1 for a in b]\n"),
            "assignment expression cannot rebind comprehension iteration variable 'a'\n");
  EXPECT_EQ(errors("[1 for b in (a := c)]\n"),
            "assignment expression cannot be used in a comprehension iterable expression\n");
  EXPECT_EQ(errors("class C:\n  [a := 1 for b in c]\n"),
            "assignment expression within a comprehension cannot be used in a class body\n");
  EXPECT_EQ(errors("def f():\n  [(yield a) for a in b]\n"), "'yield' inside a comprehension\n");
  EXPECT_EQ(errors("import a\nglobal a\n"), "");
  EXPECT_EQ(errors("def f():\n  [(x := y) for y in z]\n  [(lambda: (y := 1)) for y in z]\n"), "");
}

}  // namespace
}  // namespace braid::scope

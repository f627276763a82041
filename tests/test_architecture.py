"""The house: who imports whom, how long and how deep code gets, how kernels are compiled.

The maxima only go down; raising one needs a reason in the commit.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import networkx

ROOT = Path(__file__).resolve().parents[1]
STOREYS = ("sim", "models", "experiments")
MAY_IMPORT = {"sim": {"sim"}, "models": {"models", "sim"}, "experiments": {"experiments", "models"}}
BIOLOGY_MAY_IMPORT = ("il2sim.models.biology",)
KERNELS = ("kernel", "copied_kernel", "njit")
FIELD_KERNELS = (
    "sim/kernels/diffusion_uptake.py",
    "sim/kernels/shell_diffusion.py",
)  # they make arrays of their own, and divide as NumPy does
NUMBA_FILES = {
    *FIELD_KERNELS,
    "sim/kernels/jit.py",
}  # all other kernels are compiled by il2sim.sim.kernels.jit.kernel
LONGEST_FILE, LONGEST_FUNCTION = 500, 60
DEEPEST_NESTING, DEEPEST_KERNEL = 3, 5
MOST_POSITIONAL, MOST_OF_A_KERNEL = 5, 12  # Numba takes arrays as explicit arguments
ENVIRONMENT_FILES = {
    "sim/__init__.py",
    "experiments/study/pool.py",
    "experiments/bench/place.py",
    "experiments/study/settled_cache.py",
}  # the cache guard; what processes begin with; where settled tumours are kept
NOT_IN_SIM = {"random", "secrets", "time", "datetime", "pandas", "yaml", "pydantic"}
BLOCKS = (ast.For, ast.While, ast.If, ast.With, ast.Try, ast.Match)
Function = ast.FunctionDef | ast.AsyncFunctionDef

FILES = [path for storey in STOREYS for path in sorted((ROOT / storey).rglob("*.py"))]
TREES = {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8"), str(path)) for path in FILES}


def imports(tree: ast.Module) -> Iterator[str]:
    """Dotted names of everything a module imports, at the top or inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative import"
            yield node.module or ""


def modules_imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """What a module imports when it runs, in functions too, not for types alone: a module, a name in it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)
        yield from modules_imported(node)


def circles(trees: dict[str, ast.Module]) -> list[list[str]]:
    """Modules that import each other, each circle in alphabetical order.

    Who imports a module of a package does not import the package, which may well import that module.
    """
    known = {f"il2sim.{name[:-3].removesuffix('/__init__').replace('/', '.')}": name for name in trees}
    graph = networkx.DiGraph()
    for module, name in known.items():
        for source, imported in modules_imported(trees[name]):
            inner = f"{source}.{imported}"
            graph.add_edge(module, inner if inner in known else source)
    found = networkx.strongly_connected_components(graph)
    return sorted(sorted(each) for each in found if len(each) > 1)


def functions(tree: ast.Module) -> list[Function]:
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def nesting(node: ast.AST, depth: int = 0) -> int:
    """Blocks inside blocks; an `elif` is as deep as its `if`."""
    deepest = depth
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                is_elif = field == "orelse" and isinstance(node, ast.If) and isinstance(child, ast.If)
                deeper = isinstance(child, BLOCKS) and not is_elif
                deepest = max(deepest, nesting(child, depth + deeper))
    return deepest


def dotted(node: ast.AST) -> str:
    """`numba.njit` of a name, attribute or call."""
    return ast.unparse(node.func if isinstance(node, ast.Call) else node)


def is_kernel(function: Function) -> bool:
    return any(dotted(decorator) in KERNELS for decorator in function.decorator_list)


def positional(function: Function) -> list[str]:
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    return [name for name in names if name not in ("self", "cls")]


def every_function() -> Iterator[tuple[str, Function]]:
    for name, tree in TREES.items():
        yield from ((f"{name}: {function.name}", function) for function in functions(tree))


def test_there_is_something_to_check() -> None:
    assert {name.split("/")[0] for name in TREES} == set(STOREYS)


def test_imports_go_one_way() -> None:
    for name, tree in TREES.items():
        parts = [module.split(".") for module in imports(tree)]
        assert not {part[0] for part in parts} & {*STOREYS, "tests"}, name
        ours = {part[1] for part in parts if part[0] == "il2sim" and len(part) > 1}
        assert ours <= MAY_IMPORT[name.split("/")[0]], name


def test_nobody_imports_in_circles() -> None:
    assert circles(TREES) == []


def test_a_circle_is_found_wherever_the_import_stands() -> None:
    texts = {
        "sim/__init__.py": "from il2sim.sim import top",
        "sim/top.py": "import il2sim.sim.low",
        "sim/low.py": "def late():\n    from il2sim.sim import top",
        "sim/types.py": "if TYPE_CHECKING:\n    from il2sim.sim import user",
        "sim/user.py": "from il2sim.sim.types import Name",
    }
    trees = {name: ast.parse(text) for name, text in texts.items()}
    assert circles(trees) == [["il2sim.sim.low", "il2sim.sim.top"]]


def test_rooms_of_the_model_keep_apart() -> None:
    """The drug knows no pathologist; a mechanism knows its language and other mechanisms.

    Effects of treatment are told by drug and config what a needle does.
    """
    for name, tree in TREES.items():
        used = {module for module in imports(tree) if module.startswith("il2sim.models")}
        if name.startswith("models/drug/"):
            assert not {module for module in used if module.startswith("il2sim.models.pathology")}, name
        if name.startswith("models/biology/") and "/treatment_effects/" not in name:
            assert not {module for module in used if not module.startswith(BIOLOGY_MAY_IMPORT)}, name


def test_the_tissue_solution_knows_no_section() -> None:
    """The section reads the volume's IL-2; nothing of the volume reads the section."""
    room = "models/drug/tissue_pk/"
    for name in ("field_3d", "mesh", "mesh_cartesian", "mesh_spherical", "newton", "time_above_ec50"):
        assert "section" not in " ".join(imports(TREES[f"{room}{name}.py"])), name


def test_libraries_stay_where_they_belong() -> None:
    used = {name: {module.split(".")[0] for module in imports(tree)} for name, tree in TREES.items()}
    assert {name for name in used if used[name] & {"numba", "llvmlite"}} <= NUMBA_FILES
    mesa = {"models/mesa_model.py", "models/benchmark/birth_death_drug_mesa.py"}
    assert {name for name in used if "mesa" in used[name]} <= mesa
    pages = {name for name in used if used[name] & {"solara", "reacton", "ipyvue", "ipyvuetify"}}
    assert all(name.startswith("experiments/demo/") for name in pages), pages
    unclean = {name for name in used if name.startswith("sim/") and used[name] & NOT_IN_SIM}
    assert not unclean


def test_files_stay_short() -> None:
    tests = {f"tests/{path.name}": path for path in (ROOT / "tests").glob("*.py")}
    lengths = {name: path.read_text("utf-8").count("\n") for name, path in tests.items()}
    lengths |= {name: (ROOT / name).read_text("utf-8").count("\n") for name in TREES}
    assert not {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE}


def test_functions_stay_short_and_flat() -> None:
    lengths = {name: (function.end_lineno or 0) - function.lineno + 1 for name, function in every_function()}
    assert not {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION}
    limits = {True: DEEPEST_KERNEL, False: DEEPEST_NESTING}
    deep = [name for name, function in every_function() if nesting(function) > limits[is_kernel(function)]]
    assert not deep


FIELDS_OF_A_MODEL = {"models/config/part.py: init"}  # what pydantic calls with the fields as they come


def test_signatures_stay_small() -> None:
    wide = {}
    for name, function in every_function():
        is_command = any(dotted(decorator).endswith(".command") for decorator in function.decorator_list)
        allowed = MOST_OF_A_KERNEL if is_kernel(function) else MOST_POSITIONAL
        if not is_command and len(positional(function)) > allowed:
            wide[name] = len(positional(function))
        if function.args.kwarg is not None and name not in FIELDS_OF_A_MODEL:
            wide[name] = f"**{function.args.kwarg.arg}"
    assert not wide


def test_kernels_are_compiled_one_way() -> None:
    for name, function in every_function():
        for decorator in function.decorator_list:
            if is_kernel(function) or "vectorize" in dotted(decorator):
                allowed = (
                    ("njit(cache=True, nogil=True, error_model='numpy')",)
                    if name.startswith(FIELD_KERNELS)
                    else KERNELS[:2]
                )
                assert ast.unparse(decorator) in allowed, name
    flags = "njit(cache=True, nogil=True, _nrt=False, error_model='numpy'"
    compilers = ast.unparse(TREES["sim/kernels/jit.py"]).splitlines()
    typed = "Callable[[Kernel], Kernel]"
    assert f"kernel: {typed} = {flags})" in compilers
    assert f"copied_kernel: {typed} = {flags}, inline='always')" in compilers
    for name, tree in TREES.items():
        words = {getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(tree)}
        assert not words & {"prange", "fastmath", "jitclass"}, name


def test_no_hidden_state() -> None:
    for name, tree in TREES.items():
        attributes = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not any(isinstance(node, ast.Global) for node in ast.walk(tree)), name
        assert not (name.startswith("sim/") and attributes & {"np.random", "numpy.random"}), name
        assert name in ENVIRONMENT_FILES or "os.environ" not in attributes, name


def test_sums_round_alike_on_every_python() -> None:
    """Python's own `sum` of floats has other last digits from 3.12 on; `sim.sums.added` has not."""
    for name, tree in TREES.items():
        calls = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
        own = [call.lineno for call in calls if isinstance(call, ast.Name) and call.id == "sum"]
        assert name.startswith("experiments/") or not own, f"{name}: lines {own}"


def test_numbers_come_from_one_version_of_each_library() -> None:
    """Pins that differ by Python would give one seed two results."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    for library in ("numpy", "scipy", "numba", "llvmlite"):
        pins = [line for line in lines if line.startswith(f"{library}==")]
        assert len(pins) == 1, pins
        assert ";" not in pins[0]


def test_every_module_says_what_it_is() -> None:
    assert not [name for name, tree in TREES.items() if not ast.get_docstring(tree)]


def test_constraints_hold_no_addresses() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert len(lines) > 50
    assert not [line for line in lines if "://" in line or " @ " in line or line.startswith("-")]

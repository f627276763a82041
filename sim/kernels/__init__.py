"""What runs every tick: compiled loops over cells and voxels, and the arrays they work on.

A kernel's parameter means the same in all of them; its docstring says the rest, and what differs. `voxels` in
a shape counts the padded lattice, `cells` its interior: no layer holds more.

world, rules, scratch, moment, arrival    the records of those names, with their shapes and units
claims, ground, gates, steps, slope, problem, chain    the same
contacts, walks, by_type, paths    `ContactArrays`, `WalkTable`, `TypeIndex`, `Paths`
layer, immune, solid    a `Layer`: cell table and maps of voxels to it; the two that there are
type_at, solid_at    int8 [voxels], type code of the cell there, 0 empty, -1 wall
slot_at    int32 [voxels], its row of the cell table, -1 none
touching    int64 [neighbours], flat offsets, own voxel first
view    float64 [rows, columns], what cells see: nM, contacts, crowds; a row is a slot unless `rows` says
found    `Candidates`: the cells of a chunk that a rule may fire for, and their draws
rows    int64 [n], row of the view of each cell worked on; of `fill_view`, their number
slots    int64 [n], rows of the cell table worked on, at most CHUNK
rate    float64 [n], 1/h, of each of `slots`
draws    float64 [3, n], uniforms in (0, 1)
fate    int32 [cells], rule that fires for the cell of each slot, -1 none
mothers, rules_of    int32 [cells], voxel and rule of each daughter listed
place    int8 [cells], where each goes: LEFT, WIDENS, FILLS, SEEKS, -1 done; or the voxel meant
reached    int32 [cells], how far along her search order she has looked
claim    int32 [voxels], who has claimed a voxel so far, -1 nobody
fired, filled    int64, how often each rule [rules] fired, voxels of each type [types + 1] filled; counted on
r, s, t, i    a rule, a signal, a trait, one of a list
first, last    from which of a list, and up to which
kind, code, cell_type    type code of a cell
phase    index into PHASES
slot, voxel    one cell's row of the table, its flat place
seed, stream, tick, draw    what a random number is keyed by, with the voxel
u    a uniform in (0, 1)
x    a signal or trait, no unit
hours    length of the step
raised    column of the trait that hits raise
"""

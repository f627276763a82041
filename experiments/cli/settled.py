"""What `cache` says: where settled tumours are kept between commands, and how many."""

from il2sim.experiments.cli.console import Voice
from il2sim.experiments.study.settled_cache import SettledCache, default_folder


def cache(voice: Voice, *, clear: bool = False) -> None:
    """Show the folder, its entries and their size; with `clear` delete them first."""
    kept = SettledCache(default_folder())
    gone = kept.clear() if clear else 0
    entries, size = kept.entries(), kept.size()
    if voice.as_json:
        found = {"path": str(kept.folder), "entries": entries, "bytes": size}
        voice.document(found | ({"deleted": gone} if clear else {}))
        return
    if clear:
        print(f"{gone} settled tumours deleted")
    most = f"{kept.most_bytes / 1e9:.1f} GB"
    print(f"{kept.folder}: {entries} settled tumours, {size / 1e6:.1f} MB of at most {most}")

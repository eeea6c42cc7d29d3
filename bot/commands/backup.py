"""`python -m bot backup FOLDER`: copy everything that must not be lost; --verify and --restore a copy."""

import argparse
import sys
from pathlib import Path

from bot.backup import Backup, BackupError, restore, verify
from bot.clock import SystemClock
from config.settings import Settings


def run(argv: list[str]) -> int:
    """Make, verify or restore. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="bot backup", description=__doc__)
    parser.add_argument("folder", type=Path, help="备份放在哪里；--verify、--restore 时是哪一份备份")
    parser.add_argument("--keys", type=Path, help="密钥另存到这里（恢复时从这里取）")
    parser.add_argument("--verify", action="store_true", help="核对一份备份 / check a copy")
    parser.add_argument("--restore", action="store_true", help="恢复到空的 DATA_DIR / into an empty DATA_DIR")
    args = parser.parse_args(argv)
    try:
        print(_carry_out(args, Settings()))
    except (BackupError, OSError) as problem:
        print(f"没有办成：{problem}", file=sys.stderr)
        return 1
    return 0


def _carry_out(args: argparse.Namespace, settings: Settings) -> str:
    if args.verify:
        return f"备份完好：{verify(args.folder)}个文件。"
    if args.restore:
        count = restore(args.folder, settings, args.keys)
        return f"已恢复到 {settings.data_dir}（{count}个文件）。启动前请确认 pii.key 或 PII_KEY 就位。"
    made = Backup(settings).make(args.folder, SystemClock().now(), args.keys)
    size = f"{made.bytes / 1024 / 1024:.1f} MB"
    return "\n".join([f"备份好了：{made.folder}（{made.files}个文件，{size}）。", *made.notes])

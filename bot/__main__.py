"""The command line: `python -m bot COMMAND …` runs `bot.commands.COMMAND.run`."""

import gc
import importlib
import sys

COMMANDS = {
    "serve": "启动服务 / serve the webhook, the console and the sandbox",
    "ask": "问一句答一句 / answer questions from standard input",
    "deadline": "计算法定期限 / compute a statutory deadline",
    "check": "核对知识和数据文件 / check the knowledge and the data files",
    "calendar": "录入放假安排 / enter a year's holiday notice",
    "menu": "推送公众号菜单 / push the menu to WeChat",
    "staff": "管理工作人员账号 / manage the accounts of the clerks",
    "demo": "填充演示数据 / fill a sandbox with plausible cases",
    "backup": "备份数据 / back the data up",
    "purge": "按期清除个人信息 / remove personal data past its time",
    "report": "年度报告 / the statutory annual report",
}


def main() -> None:
    """Dispatch to the command; without one, say which there are."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in COMMANDS:
        sys.exit(_usage(name))
    try:
        gc.disable()  # nothing that an import makes is garbage; looking would take a tenth of the start
        command = importlib.import_module(f"bot.commands.{name}")
        gc.freeze()
    except ModuleNotFoundError as error:
        if error.name != f"bot.commands.{name}":
            raise
        sys.exit(f"“{name}”还没有做好 / not built yet.")
    finally:
        gc.enable()
    sys.exit(command.run(sys.argv[2:]))


def _usage(name: str) -> str:
    lines = [f"  {command:<9} {what}" for command, what in COMMANDS.items()]
    problem = "" if name in ("", "-h", "--help") else f"没有“{name}”这个命令 / no such command.\n"
    return "\n".join([problem + "用法 / usage: python -m bot COMMAND …", *lines])


if __name__ == "__main__":
    main()

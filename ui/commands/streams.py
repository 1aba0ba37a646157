"""The commands of streams: boards and recordings onto LSL, and what is in sight."""

from __future__ import annotations

from ui import flags
from ui.saying import say, show


def play(
    file: flags.EegFile, loop: flags.LoopFlag = False, name: flags.StreamName = "", for_s: flags.LengthOption = None,
) -> None:
    """Stream a recorded EEG file over LSL in real time."""
    from ui.playing import PlayOptions, play_file

    play_file(PlayOptions(file, name, loop, for_s), say)


def bridge(
    board: flags.BoardArgument, serial_port: flags.SerialPort = "", mac: flags.Mac = "", ip: flags.Ip = "",
    ip_port: flags.IpPort = 0, serial_number: flags.SerialNumber = "", file: flags.Playback = None,
    name: flags.StreamName = "", labels: flags.Labels = "", for_s: flags.LengthOption = None,
) -> None:
    """Stream an EEG board over LSL: OpenBCI, Muse, and all that BrainFlow knows."""
    from ui.bridging import BridgeOptions, bridge_board

    bridge_board(BridgeOptions(board, serial_port, mac, ip, ip_port, serial_number, file, name, labels, for_s), say)


def devices(as_json: flags.JsonFlag = False) -> None:
    """List the boards that `bridge` can stream."""
    from ui.bridging import all_boards, board_object
    from ui.tables import board_table

    boards = all_boards()
    show(board_object(boards), board_table(boards), as_json)


def streams(as_json: flags.JsonFlag = False, network: flags.NetworkFlag = False) -> None:
    """List the LSL streams in sight."""
    from sensing.sources.streams import find_streams
    from ui.results import stream_object
    from ui.tables import stream_table

    rows = find_streams("", network=network)
    nothing = "no LSL stream is in sight; start the device's LSL application, or look further with --network"
    show(stream_object(rows), stream_table(rows) if rows else [nothing], as_json)


def features(
    file: flags.EegFile, protocol: flags.ReadAs = "", eyes: flags.Eyes = "", reference: flags.Reference = "",
    line: flags.Line = "", as_json: flags.JsonFlag = False,
) -> None:
    """Run the live stages over a file: band powers, indices, and which windows are bad."""
    from ui.featuring import FeatureOptions, examine_file, feature_object, feature_report

    found = examine_file(FeatureOptions(file, protocol, eyes, reference, line))
    show(feature_object(found), feature_report(found), as_json)

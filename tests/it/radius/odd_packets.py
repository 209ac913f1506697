"""Packets as no router sends them, made with pyrad. Prints a line of JSON for each: what came back.

usage: odd_packets.py AUTH_PORT SECRET USERNAME PASSWORD
"""
import hashlib
import hmac
import json
import os
import socket
import sys

from pyrad import dictionary, packet

AUTH, SECRET, USER, PASSWORD = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3], sys.argv[4]
WORDS = dictionary.Dictionary(os.path.join(os.path.dirname(__file__), "odd_packets.dictionary"))
CODES = {2: "accept", 3: "reject", 5: "response", 11: "challenge"}


def request(password=PASSWORD, number=None):
    asked = packet.AuthPacket(secret=SECRET, dict=WORDS)
    if number is not None:
        asked.id = number
    asked["User-Name"] = USER
    asked["User-Password"] = asked.PwCrypt(password)
    return asked


def signed(raw, at):
    """Signs `raw`, whose Message-Authenticator's value begins at `at`."""
    mac = hmac.new(SECRET, raw, hashlib.md5).digest()
    return raw[:at] + mac + raw[at + 16 :]


def with_signature(raw, place):
    """Puts a Message-Authenticator before or behind all other attributes."""
    blank = b"\x50\x12" + bytes(16)
    body = blank + raw[20:] if place == "first" else raw[20:] + blank
    whole = raw[:2] + (20 + len(body)).to_bytes(2, "big") + raw[4:20] + body
    return signed(whole, 22 if place == "first" else len(whole) - 16)


def ask(raw, wire=None, patience=4.0):
    """What comes back for `raw`; None is silence."""
    own = wire or socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    own.settimeout(patience)
    own.sendto(raw, ("127.0.0.1", AUTH))
    try:
        return own.recv(4096)
    except socket.timeout:
        return None
    finally:
        if wire is None:
            own.close()


def tell(name, asked, raw, reply):
    if reply is None:
        print(json.dumps({"name": name, "code": None}))
        return
    answer = packet.Packet(packet=reply, dict=WORDS, secret=SECRET)
    is_ours = asked.VerifyReply(answer, reply)
    kinds, at, place = [], 20, None
    while at < len(reply):
        kinds.append(reply[at])
        place = at + 2 if reply[at] == 80 else place
        at += reply[at + 1]
    is_signed = False
    if place:
        blank = reply[:4] + raw[4:20] + reply[20:place] + bytes(16) + reply[place + 16 :]
        is_signed = hmac.new(SECRET, blank, hashlib.md5).digest() == reply[place : place + 16]
    code = CODES[answer.code]
    row = {"name": name, "code": code, "ours": is_ours, "signed": is_signed, "kinds": kinds}
    print(json.dumps(row))


def main():
    for name, place in [("signed first", "first"), ("signed last", "last")]:
        asked = request()
        raw = with_signature(asked.RequestPacket(), place)
        tell(name, asked, raw, ask(raw))

    asked = request("wr0ng")
    raw = with_signature(asked.RequestPacket(), "first")
    tell("wrong password", asked, raw, ask(raw))

    asked = request()
    tell("not signed", asked, b"", ask(asked.RequestPacket(), patience=1.0))

    asked = request()
    raw = bytearray(with_signature(asked.RequestPacket(), "first"))
    raw[30] ^= 1
    tell("signed wrongly", asked, b"", ask(bytes(raw), patience=1.0))

    asked = request()
    raw = with_signature(with_signature(asked.RequestPacket(), "first"), "last")
    tell("signed twice", asked, raw, ask(raw, patience=1.0))

    # Proxy-State comes back as it came, all of it (RFC 2865, section 5.33).
    asked = request()
    for nth in range(60):
        asked.AddAttribute("Proxy-State", b"%060d" % nth)
    raw = with_signature(asked.RequestPacket(), "first")
    tell("proxy states", asked, raw, ask(raw))

    # The same packet again is the same question, and has the same bytes for an answer.
    # It is remembered for two seconds, which a busy machine may take to ask again.
    for _ in range(5):
        wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        asked = request(number=7)
        raw = with_signature(asked.RequestPacket(), "first")
        first, again = ask(raw, wire), ask(raw, wire)
        if first == again:
            break
    print(json.dumps({"name": "again", "same": first == again}))
    # The same port and number with another authenticator is another question.
    asked = request(number=7)
    raw = with_signature(asked.RequestPacket(), "first")
    tell("same number", asked, raw, ask(raw, wire))

    for name, raw in [
        ("nothing", b""),
        ("a head alone", bytes([1, 1, 0, 20]) + bytes(16)),
        ("too long", bytes([1, 1, 255, 255]) + bytes(16)),
        ("an attribute of no length", bytes([1, 1, 0, 22]) + bytes(16) + b"\x01\x00"),
        ("an attribute past the end", bytes([1, 1, 0, 22]) + bytes(16) + b"\x01\x09"),
    ]:
        print(json.dumps({"name": name, "code": ask(raw, patience=0.3) and "answer"}))

    asked = request()
    raw = with_signature(asked.RequestPacket(), "first")
    tell("after all that", asked, raw, ask(raw))


main()

"""The job as people write it in Python: requests with a session, one thread a profile."""

import json
import re
import sys
import threading
import time

import requests

OPTIONS = json.loads(sys.argv[1])
BASE = OPTIONS["origin"] + OPTIONS["prefix"]
PAGE = f"{BASE}/EDP/Event/Index/{OPTIONS['event']}"
TOKEN = re.compile(r'name="__RequestVerificationToken" value="([^"]*)"')


def xhr(key=None):
    headers = {
        "X-Requested-With": "XMLHttpRequest",
        "Accept": "application/json, text/plain, */*",
        "Referer": PAGE,
    }
    if key:
        headers |= {"RequestVerificationToken": key, "Origin": OPTIONS["origin"]}
    return headers


def sign_in(session, account):
    login = f"{BASE}/Authentication/Login"
    token = TOKEN.search(session.get(login, timeout=30).text).group(1)
    form = {"__RequestVerificationToken": token, "email": account["email"], "password": account["password"]}
    session.post(login, data=form, timeout=30)


def prepare(session):
    key = TOKEN.search(session.get(PAGE, timeout=30).text).group(1)
    config = session.get(f"{BASE}/EDP/Event/Config/{OPTIONS['event']}", headers=xhr(), timeout=30).json()
    return key, {str(price["PriceCategory"]): price["PriceType"] for price in config["Prices"]["Prices"]}


def fits(areas):
    for area in areas:
        for band in area["PriceBands"]:
            pence = round(float(re.sub(r"[^0-9.]", "", band["TotalValueFormatted"])) * 100)
            runs = (seats["EndXCoord"] - seats["StartXCoord"] + 1 for seats in band["AvailableSeatsIntervals"])
            if pence <= OPTIONS["maxPence"] and any(run >= OPTIONS["seats"] for run in runs):
                return area["AreaId"], band["PriceBandCode"]
    return None


def hold(session, key, classes, found):
    area, band = found
    url = f"{BASE}/EDP/BestAvailable/ResaleSeats"
    asked = {
        "EventId": OPTIONS["event"], "Quantity": OPTIONS["seats"], "AreSeatsTogether": OPTIONS["seats"] > 1,
        "AreaId": area, "PriceBandId": int(band), "SeatAttributeIds": [], "MinimumPrice": 0,
        "MaximumPrice": 10000000, "IsGeneralAdmissionEnabled": False,
    }
    locked = session.post(url, json=asked, headers=xhr(key), timeout=30)
    if locked.status_code != 200:
        return False
    seats = [{"Id": seat["Id"], "PriceClassId": classes[str(band)]} for seat in locked.json()["LockedSeats"]]
    answer = session.put(url, json={"EventId": OPTIONS["event"], "Seats": seats}, headers=xhr(key), timeout=30)
    return answer.status_code == 200


def watch(account, end):
    session = requests.Session()
    sign_in(session, account)
    key, classes = prepare(session)
    feed = f"{BASE}/EDP/Seats/AvailableResale"
    query = {
        "AreSeatsTogether": "false", "EventId": OPTIONS["event"], "MaximumPrice": 10000000, "MinimumPrice": 0,
        "Quantity": 1, "MarketType": 1,
    }
    held = False
    while time.monotonic() < end:
        began = time.monotonic()
        answer = session.get(feed, params=query, headers=xhr(), timeout=30)
        if answer.status_code == 200:
            found = fits(answer.json())
            if OPTIONS["hold"] and found and not held:
                held = hold(session, key, classes, found)
                if not held:
                    key, classes = prepare(session)
        time.sleep(max(0, OPTIONS["interval"] - (time.monotonic() - began)))


def main():
    with open(OPTIONS["accounts"], encoding="utf8") as file:
        accounts = json.load(file)
    end = time.monotonic() + OPTIONS["seconds"]
    threads = [threading.Thread(target=watch, args=(account, end)) for account in accounts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


main()

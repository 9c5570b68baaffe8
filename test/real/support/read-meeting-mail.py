# Reads meeting mails, one base64 line each, with Python's email, icalendar and vobject; writes what they say, one line of JSON each.
import base64
import email
import email.policy
import json
import sys

import icalendar
import vobject


def moment(value):
    return value.isoformat()


def with_icalendar(text):
    calendar = icalendar.Calendar.from_ical(text)
    events = []
    for event in calendar.walk('VEVENT'):
        attendees = event.get('ATTENDEE', [])
        attendees = attendees if isinstance(attendees, list) else [attendees]
        exdates = event.get('EXDATE', [])
        exdates = exdates if isinstance(exdates, list) else [exdates]
        events.append(
            {
                'uid': str(event['UID']),
                'sequence': int(event.get('SEQUENCE', 0)),
                'start': moment(event.decoded('DTSTART')),
                'end': moment(event.decoded('DTEND')),
                'recurrenceId': moment(event.decoded('RECURRENCE-ID')) if 'RECURRENCE-ID' in event else None,
                'summary': str(event.get('SUMMARY', '')),
                'description': str(event.get('DESCRIPTION', '')),
                'location': str(event.get('LOCATION', '')),
                'status': str(event['STATUS']) if 'STATUS' in event else None,
                'organizer': str(event['ORGANIZER']).lower(),
                'attendees': [[str(one).lower(), str(one.params.get('PARTSTAT')), str(one.params.get('CN', ''))] for one in attendees],
                'exdates': [moment(each.dt) for one in exdates for each in one.dts],
            }
        )
    return {'method': str(calendar['METHOD']), 'events': events}


def with_vobject(text):
    calendar = vobject.readOne(text)
    events = []
    for event in calendar.vevent_list:
        starts = []
        rules = event.getrruleset(addRDate=True)
        for start in rules or []:
            starts.append(moment(start))
            if len(starts) == 20:
                break
        events.append({'uid': event.uid.value, 'summary': event.summary.value, 'start': moment(event.dtstart.value), 'starts': starts})
    return {'method': calendar.method.value, 'events': events}


for line in sys.stdin:
    message = email.message_from_bytes(base64.b64decode(line), policy=email.policy.default)
    part = next(part for part in message.walk() if part.get_content_type() == 'text/calendar')
    text = part.get_content()
    print(
        json.dumps(
            {
                'subject': message['subject'],
                'from': message['from'].addresses[0].addr_spec,
                'to': [address.addr_spec for address in message['to'].addresses],
                'defects': [str(defect) for each in message.walk() for defect in each.defects],
                'method': part.get_param('method'),
                'body': message.get_body(('plain',)).get_content(),
                'icalendar': with_icalendar(text),
                'vobject': with_vobject(text),
            }
        )
    )

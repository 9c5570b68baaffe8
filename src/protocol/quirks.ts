// What single clients need beyond the specification: rows with their evidence, asked by fact and never by name.
import { keepLatest } from '../model/bounded.ts'
import type { Device } from '../model/device.ts'

export interface Quirks {
  /** Answers to Sync must not be empty. */
  readonly noEmptySync: boolean
  /** A collection whose folder is gone is left out instead of answered with a Status. */
  readonly leaveOutMissingFolder: boolean
  /** After its own MoveItems the client wants a Change of the new item; an Add makes a second copy. */
  readonly changeAfterMove: boolean
  /** A message without a name for its sender shows as an error: the address stands in for it. */
  readonly senderNamed: boolean
  /** A Flag without content shows as an error: it is left out where no flag is set. */
  readonly noEmptyFlag: boolean
  /** A refused key in GetItemEstimate is passed over, and nothing is synced any more: Sync is to tell it. */
  readonly estimateDespiteKey: boolean
  /** Up to 14.1 the client does not mail its answers to invitations: the server has to. */
  readonly leavesAnswers: boolean
  /** A birthday is written, and wanted, as the midnight of the phone's zone. */
  readonly daysAtLocalMidnight: boolean
  /** A birthday is wanted as 00:00 UTC. */
  readonly daysAtMidnight: boolean
  /** A birthday is wanted as 08:00 UTC. */
  readonly daysInTheMorning: boolean
  /** What somebody is in a company is kept only beside the company's name, though that be empty. */
  readonly companyTold: boolean
  /** A birthday is wanted as 11:00 UTC. */
  readonly daysBeforeNoon: boolean
  /** An empty Picture in the Change of a contact does not mean that the picture is gone. */
  readonly emptyPictureUnchanged: boolean
  /** A Change of an event never says its categories: leaving them out does not take them away. */
  readonly categoriesStay: boolean
}

interface Row {
  readonly fact: keyof Quirks
  /** Tested against DeviceType. */
  readonly type: RegExp
  /** Tested against User-Agent where it matters. */
  readonly agent?: RegExp
  readonly why: string
  readonly source: string
  /** When the row was last looked at: a client that is gone takes its row along. */
  readonly reviewed: string
}

/** The table. Default behaviour is the specification's; a row needs evidence and a test. */
export const quirkRows: readonly Row[] = [
  {
    fact: 'noEmptySync',
    type: /^htc/i,
    why: 'HTC Mail of Android 2.x does not read an empty answer',
    source: 'tine20 issue 1327',
    reviewed: '2026-11',
  },
  {
    fact: 'noEmptySync',
    type: /^(nokia|n900|meego)/i,
    why: 'Mail for Exchange and MeeGo cannot take an empty Sync answer',
    source: 'Syncroton Command/Sync.php',
    reviewed: '2026-11',
  },
  {
    fact: 'leaveOutMissingFolder',
    type: /^(?:Windows|Microsoft)Outlook/i,
    why: 'Outlook stumbles over a Status of a folder that is gone; the next FolderSync corrects it',
    source: 'SOGo SOGoActiveSyncDispatcher+Sync.m',
    reviewed: '2026-11',
  },
  {
    fact: 'changeAfterMove',
    type: /^(?:Windows|Microsoft)Outlook/i,
    why: 'Outlook keeps its own copy of what it moved, and an Add doubles it',
    source: 'SOGo Dispatcher.m, Horde State/Base.php',
    reviewed: '2026-11',
  },
  {
    fact: 'senderNamed',
    type: /^htc/i,
    why: 'HTC Mail shows no message whose sender has no name',
    source: 'Horde ActiveSync doc/CHANGES',
    reviewed: '2026-11',
  },
  {
    fact: 'noEmptyFlag',
    type: /^htc/i,
    why: 'HTC Mail stops at an empty Flag',
    source: 'Horde ActiveSync doc/CHANGES',
    reviewed: '2026-11',
  },
  {
    fact: 'estimateDespiteKey',
    type: /^(?:android|htc)/i,
    why: 'Android of the time when it still asked for estimates ignores Status 4 and never syncs the folder again',
    source: 'Syncroton Command/GetItemEstimate.php',
    reviewed: '2026-11',
  },
  {
    fact: 'leavesAnswers',
    type: /^i(?:phone|pad|pod)/i,
    // `Apple-iPhone9C1/1607.76`: builds 16G7x to 17H… of iOS 12.4 to 13.
    agent: /\/(?:160[7-9]|16[1-9]\d|170[0-7])\.\d/,
    why: 'iOS 12.4 to 13 answers an invitation and sends the organizer nothing; before and after, it does',
    source: 'Z-Push backend/kopano/kopano.php, ZP-1617',
    reviewed: '2026-11',
  },
  {
    fact: 'daysAtLocalMidnight',
    type: /^(?:iphone|ipad|ipod)/i,
    // Before iOS 5, build 9, the time was that of the edit, and says nothing.
    agent: /^(?!Apple-[^/]+\/[1-8]\d\d\.)/,
    why: 'iOS takes the time of a birthday for a moment of its own zone and shows the day that has begun there',
    source: 'Horde ActiveSync Device.php',
    reviewed: '2026-11',
  },
  {
    fact: 'daysAtMidnight',
    type: /^samsung/i,
    why: 'Samsung Email writes a birthday as 00:00 UTC and reads it so',
    source: 'Horde ActiveSync Device.php',
    reviewed: '2026-11',
  },
  {
    fact: 'daysAtMidnight',
    type: /^android/i,
    agent: /^Android-Mail\//,
    why: 'the Gmail app writes a birthday as 12:00 UTC but reads 00:00',
    source: 'Horde ActiveSync Device.php',
    reviewed: '2026-11',
  },
  {
    fact: 'daysAtMidnight',
    type: /^android/i,
    agent: /nine/i,
    why: 'Nine writes a birthday as 00:00 UTC and reads it so',
    source: 'Horde ActiveSync Device.php',
    reviewed: '2026-11',
  },
  {
    fact: 'daysAtMidnight',
    type: /^wp\d*$/i,
    why: 'Windows Phone writes a birthday as 00:00 UTC, in summer 01:00, and takes the day of what it reads',
    source: 'Horde ActiveSync Device.php',
    reviewed: '2026-11',
  },
  {
    fact: 'daysInTheMorning',
    type: /./,
    agent: /-EAS-\d/,
    why: 'Email of Android 4 to 10 adds a day to a birthday from 12:00 UTC on; it writes 08:00',
    source: 'Horde ActiveSync Device.php',
    reviewed: '2026-11',
  },
  {
    fact: 'companyTold',
    type: /./,
    agent: /-EAS-\d/,
    why: 'Email of Android 4 to 10 drops title, department and office of a contact without a CompanyName, and takes them away with its next edit',
    source: 'AOSP ContactsSyncParser.java, addData',
    reviewed: '2026-11',
  },
  {
    fact: 'daysBeforeNoon',
    type: /^blackberry/i,
    why: 'BlackBerry 10 writes a birthday as 11:00 UTC and reads it so',
    source: 'Horde ActiveSync Device.php',
    reviewed: '2026-11',
  },
  {
    fact: 'emptyPictureUnchanged',
    type: /^(?:iphone|ipad|ipod)/i,
    // 8.2 is build 12D: 1204 before the dot.
    agent: /^Apple-[^/]+\/(?:120[4-9]|12[1-9]\d|1[3-9]\d\d|[2-9]\d\d\d)\./,
    why: 'iOS from 8.2 on sends an empty Picture with every change of a contact whose picture came from the server',
    source: 'Horde ActiveSync Device.php',
    reviewed: '2026-11',
  },
  {
    fact: 'categoriesStay',
    type: /./,
    agent: /touchdown/i,
    why: 'TouchDown leaves the categories out of what it edits',
    source: 'Horde ActiveSync doc/CHANGES',
    reviewed: '2026-11',
  },
]

const none: Quirks = Object.freeze({
  noEmptySync: false,
  leaveOutMissingFolder: false,
  changeAfterMove: false,
  senderNamed: false,
  noEmptyFlag: false,
  estimateDespiteKey: false,
  leavesAnswers: false,
  daysAtLocalMidnight: false,
  daysAtMidnight: false,
  daysInTheMorning: false,
  companyTold: false,
  daysBeforeNoon: false,
  emptyPictureUnchanged: false,
  categoriesStay: false,
})

function matches(row: Row, device: Pick<Device, 'type' | 'userAgent'>): boolean {
  return row.type.test(device.type) && (row.agent === undefined || row.agent.test(device.userAgent ?? ''))
}

/** The rows in force for a device, for the administrator. */
export function quirkRowsOf(device: Pick<Device, 'type' | 'userAgent'>): readonly Row[] {
  return quirkRows.filter((row) => matches(row, device))
}

/** Of the clients that were here last: they are asked for with every quiet Sync, and for every item of an answer. */
const known = new Map<string, Quirks>()
/** A fleet has a few dozen models and versions. */
const knownMax = 1000

/** The facts in force for a device. */
export function quirksOf(device: Pick<Device, 'type' | 'userAgent'>): Quirks {
  const client = `${device.type}\n${device.userAgent ?? ''}`
  const quirks = known.get(client)
  if (quirks !== undefined) return quirks
  const rows = quirkRowsOf(device)
  const found = rows.length === 0 ? none : { ...none, ...Object.fromEntries(rows.map((row) => [row.fact, true])) }
  keepLatest(known, client, found, knownMax)
  return found
}

// The literal table of properties: what each means in a contact. What is not in here is kept as it came.
import { readTime } from './day.ts'
import { unescaped } from './escape.ts'
import { address, day, email, instantMessage, label, labelledDay, name, organization, photo, telephone } from './read-place.ts'
import { categories, child, labelled, nickname, note, related, richNote, text, theirs, uid, weightedRank } from './read-text.ts'
import type { PropertyReader } from './reading.ts'

const dropped: PropertyReader = () => 'dropped'

const formattedName: PropertyReader = (line, reading) => {
  if (reading.formattedName !== '') return 'foreign'
  reading.formattedName = unescaped(line.value).trim()
  return reading.formattedName === '' ? 'dropped' : { place: 'formattedName', plain: false }
}

const kind: PropertyReader = (line, reading) => {
  reading.kind = line.value.trim().toLowerCase()
  return reading.kind === 'individual' ? 'dropped' : 'foreign'
}

/** The last of several: each program that wrote the card may have added its own. */
const revision: PropertyReader = ({ value }, { draft }) => {
  const said = readTime(value)
  if (said !== null) draft.modified = Math.max(said, draft.modified ?? said)
  return 'dropped'
}

/** By their names in lower case. */
export const propertyReaders: Readonly<Record<string, PropertyReader>> = {
  fn: formattedName,
  kind,
  n: name,
  nickname,
  org: organization,
  title: text('jobTitle', 'work'),
  adr: address,
  label,
  tel: telephone,
  'x-ms-tel': telephone,
  email,
  url: text('webPage'),
  photo,
  categories,
  note,
  'x-alt-desc': richNote,
  uid,

  impp: instantMessage(null),
  'x-aim': instantMessage('aim'),
  'x-icq': instantMessage('icq'),
  'x-jabber': instantMessage('xmpp'),
  'x-gtalk': instantMessage('xmpp'),
  'x-google-talk': instantMessage('xmpp'),
  'x-msn': instantMessage('msnim'),
  'x-yahoo': instantMessage('ymsgr'),
  'x-skype': instantMessage('skype'),
  'x-skype-username': instantMessage('skype'),
  'x-gadugadu': instantMessage('gg'),
  'x-qq': instantMessage('mqq'),
  'x-ms-imaddress': theirs(instantMessage(null)),

  bday: day('birthday'),
  anniversary: day('anniversary'),
  'x-anniversary': day('anniversary'),
  'x-evolution-anniversary': theirs(day('anniversary')),
  'x-kaddressbook-x-anniversary': theirs(day('anniversary')),
  'x-ms-anniversary': theirs(day('anniversary')),
  'x-abdate': labelledDay,

  related,
  'x-abrelatednames': labelled,
  'x-spouse': text('spouse'),
  'x-evolution-spouse': theirs(text('spouse')),
  'x-kaddressbook-x-spousesname': theirs(text('spouse')),
  'x-ms-spouse': theirs(text('spouse')),
  'x-manager': text('managerName'),
  'x-evolution-manager': theirs(text('managerName')),
  'x-kaddressbook-x-managersname': theirs(text('managerName')),
  'x-ms-manager': theirs(text('managerName')),
  'x-assistant': text('assistantName'),
  'x-evolution-assistant': theirs(text('assistantName')),
  'x-kaddressbook-x-assistantsname': theirs(text('assistantName')),
  'x-ms-assistant': theirs(text('assistantName')),
  'x-ms-child': child,

  'x-phonetic-first-name': text('yomiFirstName'),
  'x-phonetic-last-name': text('yomiLastName'),
  'x-phonetic-org': text('yomiCompanyName'),
  'x-evolution-file-as': text('fileAs'),
  'x-easel-office-location': text('officeLocation'),
  'x-easel-customer-id': text('customerId'),
  'x-easel-government-id': text('governmentId'),
  'x-easel-account-name': text('accountName'),
  'x-easel-alias': text('alias'),
  'x-easel-weighted-rank': weightedRank,

  rev: revision,
  // Who wrote the card: no longer true once it is written anew.
  prodid: dropped,
}

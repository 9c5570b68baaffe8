// What the console's pages do with a script, and can do without: times in the reader's zone, and boxes ticked at once.
const spans = [
  [60, 'second'],
  [3600, 'minute', 60],
  [86400, 'hour', 3600],
  [86400 * 30, 'day', 86400],
]
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/** "5 minutes ago"; beyond a month the date says more. */
function ago(at) {
  const seconds = Math.round((at - Date.now()) / 1000)
  const span = spans.find(([limit]) => Math.abs(seconds) < limit)
  if (span === undefined) return absolute.format(at)
  const [, unit, size = 1] = span
  return unit === 'second' ? 'just now' : relative.format(Math.round(seconds / size), unit)
}

/** Writes every time below `root` as its reader would. */
function writeTimes(root) {
  for (const time of root.querySelectorAll('time[datetime]')) {
    const at = new Date(time.dateTime)
    if (Number.isNaN(at.getTime())) continue
    const text = time.dataset.form === 'ago' ? ago(at) : absolute.format(at)
    if (time.textContent !== text) time.textContent = text
    time.title = at.toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'long' })
  }
}

/** One box above a list ticks all of its boxes. */
function offerAll(root) {
  for (const form of root.querySelectorAll('form.bulk:not(:has(> .all))')) {
    const label = document.createElement('label')
    const box = document.createElement('input')
    label.className = 'all'
    box.type = 'checkbox'
    box.addEventListener('change', () => {
      for (const each of form.querySelectorAll('input.box')) each.checked = box.checked
    })
    label.append(box, ' All on this page')
    form.prepend(label)
  }
}

function look() {
  writeTimes(document)
  offerAll(document)
}

look()
document.addEventListener('htmx:after:swap', look)
setInterval(() => writeTimes(document), 30_000)

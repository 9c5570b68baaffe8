// Html as a browser would see it, and what is wrong with it for people, for assistive technology and for a strict policy of content.
import { Parser } from 'htmlparser2'
import { csrf, routeOf } from './pages.ts'

export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly parent: Element | null
  readonly children: (Element | string)[]
}

/** The elements in their order, parsed as html. */
export function elementsOf(html: string): Element[] {
  const root: Element = { name: '#root', attributes: {}, parent: null, children: [] }
  const all: Element[] = []
  let current = root
  const parser = new Parser({
    onopentag(name, attributes) {
      const element: Element = { name, attributes, parent: current, children: [] }
      current.children.push(element)
      all.push(element)
      current = element
    },
    ontext(text) {
      current.children.push(text)
    },
    onclosetag() {
      current = current.parent ?? root
    },
  })
  parser.end(html)
  return all
}

/** The text of an element, in one line. */
export function textOf(element: Element): string {
  const text = (node: Element | string): string => (typeof node === 'string' ? node : node.children.map(text).join(''))
  return text(element).replaceAll(/\s+/g, ' ').trim()
}

function isWithin(element: Element, ancestor: Element): boolean {
  return element.parent !== null && (element.parent === ancestor || isWithin(element.parent, ancestor))
}

export function within(all: readonly Element[], ancestor: Element): Element[] {
  return all.filter((element) => isWithin(element, ancestor))
}

interface Form {
  readonly action: string
  readonly method: string
  /** Its fields and buttons. */
  readonly fields: readonly Element[]
  readonly element: Element
}

/** The forms of a page. */
export function formsOf(html: string): Form[] {
  return formsAmong(elementsOf(html))
}

function formsAmong(all: readonly Element[]): Form[] {
  return all
    .filter(({ name }) => name === 'form')
    .map((element) => ({
      element,
      action: element.attributes['action'] ?? '',
      method: element.attributes['method'] ?? 'get',
      fields: within(all, element).filter(({ name }) => ['input', 'select', 'textarea', 'button'].includes(name)),
    }))
}

/** What a form would send as it stands, without its token and its buttons. */
export function valuesOf(html: string, action: string): URLSearchParams {
  const all = elementsOf(html)
  const form = formsAmong(all).find((each) => each.action === action)
  if (form === undefined) throw new Error(`no form for ${action}`)
  const sent = new URLSearchParams()
  for (const field of form.fields) {
    const { name } = field.attributes
    const value = valueOf(field, all)
    if (name !== undefined && name !== 'csrf' && value !== null) sent.append(name, value)
  }
  return sent
}

/** Null for what is not sent. */
function valueOf(field: Element, all: readonly Element[]): string | null {
  const { type, value = '', checked } = field.attributes
  switch (field.name) {
    case 'button':
      return null
    case 'textarea':
      return field.children
        .filter((child) => typeof child === 'string')
        .join('')
        .replace(/^\n/, '')
    case 'select': {
      const options = within(all, field).filter(({ name }) => name === 'option')
      const chosen = options.find(({ attributes }) => attributes['selected'] !== undefined) ?? options[0]
      return chosen?.attributes['value'] ?? ''
    }
    default:
      return (type === 'checkbox' || type === 'radio') && checked === undefined ? null : value
  }
}

/** Sentences on everything that is wrong with a page; none where all is well. */
export function flawsOf(html: string): string[] {
  const all = elementsOf(html)
  return [...headingFlaws(all), ...labelFlaws(all), ...idFlaws(all), ...formFlaws(html), ...linkFlaws(all), ...contentFlaws(all)]
}

const levelOf = ({ name }: Element) => (/^h[1-6]$/.test(name) ? Number(name[1]) : 0)

function headingFlaws(all: readonly Element[]): string[] {
  const headings = all.filter((element) => levelOf(element) > 0)
  const flaws: string[] = []
  if (headings.filter(({ name }) => name === 'h1').length !== 1) flaws.push('there is not one h1')
  let last = 0
  for (const heading of headings) {
    if (levelOf(heading) > last + 1) flaws.push(`${heading.name} "${textOf(heading)}" follows h${last}`)
    if (textOf(heading) === '') flaws.push(`${heading.name} is empty`)
    last = levelOf(heading)
  }
  if (all.filter(({ name }) => name === 'main').length !== 1) flaws.push('there is not one main')
  return flaws
}

function labelFlaws(all: readonly Element[]): string[] {
  const labelled = new Set(all.flatMap(({ name, attributes }) => (name === 'label' ? (attributes['for'] ?? []) : [])))
  const fields = all.filter(({ name, attributes }) => ['input', 'select', 'textarea'].includes(name) && attributes['type'] !== 'hidden')
  const nameless = fields.filter(({ attributes }) => !labelled.has(attributes['id'] ?? '') && attributes['aria-label'] === undefined)
  const mute = all.filter(
    (element) =>
      ['button', 'a'].includes(element.name) &&
      textOf(element) === '' &&
      element.attributes['aria-label'] === undefined &&
      element.attributes['aria-hidden'] !== 'true',
  )
  const pictures = all.filter(
    ({ name, attributes }) =>
      (name === 'img' && attributes['alt'] === undefined) ||
      (name === 'svg' && attributes['aria-label'] === undefined && attributes['aria-hidden'] === undefined),
  )
  return [
    ...nameless.map(({ name, attributes }) => `${name} ${attributes['name'] ?? ''} has no label`),
    ...mute.map(({ name, attributes }) => `${name} ${attributes['href'] ?? ''} says nothing`),
    ...pictures.map(({ name }) => `${name} has no text in its place`),
  ]
}

function idFlaws(all: readonly Element[]): string[] {
  const ids = all.flatMap(({ attributes }) => attributes['id'] ?? [])
  const known = new Set(ids)
  const doubled = ids.filter((id, at) => ids.indexOf(id) !== at)
  const lost = all.flatMap(({ attributes }) =>
    ['aria-describedby', 'aria-labelledby', 'for', 'list', 'popovertarget']
      .flatMap((name) => attributes[name]?.split(' ') ?? [])
      .filter((id) => !known.has(id)),
  )
  return [...doubled.map((id) => `the id ${id} stands twice`), ...lost.map((id) => `there is no ${id}`)]
}

function formFlaws(html: string): string[] {
  return formsOf(html).flatMap(({ action, method, fields, element }) => {
    const token = fields.find(({ attributes }) => attributes['name'] === 'csrf')?.attributes['value']
    const inner = element.children.some((child) => typeof child !== 'string' && child.name === 'form')
    return [
      ...(method === 'post' && token !== csrf ? [`the form for ${action} carries no token`] : []),
      ...(method === 'get' && token !== undefined ? [`the form for ${action} puts the token into an address`] : []),
      ...(inner ? [`a form lies in the form for ${action}`] : []),
      ...(isKnown(method.toUpperCase(), action) ? [] : [`the form for ${action} leads nowhere`]),
      ...fields.flatMap(({ attributes }) => {
        const to = attributes['formaction']
        return to === undefined || isKnown('POST', to) ? [] : [`a button for ${to} leads nowhere`]
      }),
    ]
  })
}

/** What others than the pages answer. */
const elsewhere = new Set(['GET /account', 'GET /login', 'POST /logout', 'POST /login'])

function isKnown(method: string, url: string): boolean {
  const { pathname, origin } = new URL(url, 'http://console.test/here')
  return origin === 'http://console.test' && (elsewhere.has(`${method} ${pathname}`) || routeOf(method, pathname) !== null)
}

function linkFlaws(all: readonly Element[]): string[] {
  return all.flatMap(({ name, attributes }) => {
    const links = [name === 'a' ? attributes['href'] : undefined, attributes['hx-get']].filter((link) => link !== undefined)
    return links.filter((link) => !link.startsWith('#') && !isKnown('GET', link)).map((link) => `the link ${link} leads nowhere`)
  })
}

/** What the Content-Security-Policy would refuse. */
function contentFlaws(all: readonly Element[]): string[] {
  return all.flatMap((element) => {
    const { name, attributes } = element
    const flaws = Object.keys(attributes).filter((key) => key === 'style' || key.startsWith('on'))
    const isInline = name === 'style' || (name === 'script' && (!attributes['src']?.startsWith('/assets/') || element.children.length > 0))
    const isForeign = ['iframe', 'object', 'embed', 'base'].includes(name)
    return [...flaws.map((key) => `${name} has ${key}`), ...(isInline || isForeign ? [`there is a ${name} in the page`] : [])]
  })
}

// The documents of Autodiscover's first version: what a request asks, and the answers there are.
import { DOMParser, XMLSerializer, type Document, type Element } from '@xmldom/xmldom'
import type { Account } from '../model/account.ts'
import type { Clock } from '../model/clock.ts'

const responseNamespace = 'http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006'
const mobileNamespace = 'http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006'

/** MS-ASCMD 2.2.3.64. */
const failures = {
  invalidRequest: { code: 600, message: 'Invalid Request' },
  noProvider: { code: 601, message: 'Provider is not available' },
} as const
type FailureKind = keyof typeof failures

/** What a request asks for. */
export type Asked = { readonly kind: 'address'; readonly address: string } | { readonly kind: 'own' } | { readonly kind: FailureKind }

/** Reads the request document. Some Android builds send none at all and mean the user of the credentials. */
export function parseRequest(source: string): Asked {
  if (source.trim() === '') return { kind: 'own' }
  // No document type, so no entity can be declared, let alone expanded.
  if (/<!(DOCTYPE|ENTITY)/i.test(source)) return { kind: 'invalidRequest' }
  const root = parseXml(source)
  if (root === null || root.localName !== 'Autodiscover') return { kind: 'invalidRequest' }
  const requests = [...children(root, 'Request')]
  const [request] = requests
  // MS-ASCMD R3799: more than one is 600.
  if (request === undefined || requests.length > 1) return { kind: 'invalidRequest' }
  const schema = textOf(request, 'AcceptableResponseSchema')
  if (schema !== null && schema !== mobileNamespace) return { kind: 'noProvider' }
  const address = textOf(request, 'EMailAddress')
  return address === null || schema === null ? { kind: 'invalidRequest' } : { kind: 'address', address: address.toLowerCase() }
}

function parseXml(source: string): Element | null {
  try {
    const parser = new DOMParser({
      onError: (level, message) => {
        if (level !== 'warning') throw new Error(message)
      },
    })
    return parser.parseFromString(source.replace(/^\uFEFF/, ''), 'text/xml').documentElement
  } catch {
    return null
  }
}

function* children(parent: Element, name: string): Generator<Element> {
  for (let node = parent.firstChild; node !== null; node = node.nextSibling) {
    if (node.nodeType === node.ELEMENT_NODE && (node as Element).localName === name) yield node as Element
  }
}

function textOf(parent: Element, name: string): string | null {
  const [element] = children(parent, name)
  const text = element?.textContent?.trim() ?? ''
  return text === '' ? null : text
}

/** Where the account's owner is to go: an endpoint, or another address to begin anew with. */
export type Action = { readonly kind: 'server'; readonly url: string } | { readonly kind: 'address'; readonly address: string }

/** MS-ASCMD 2.2.3.6: Settings name the server, Redirect another address. */
export function answerDocument({ displayName }: Account, address: string, action: Action): string {
  return build(mobileNamespace, (response, append) => {
    append(response, 'Culture', 'en:us')
    const user = append(response, 'User')
    append(user, 'DisplayName', displayName)
    append(user, 'EMailAddress', address)
    const told = append(response, 'Action')
    if (action.kind === 'address') {
      append(told, 'Redirect', action.address)
      return
    }
    const server = append(append(told, 'Settings'), 'Server')
    append(server, 'Type', 'MobileSync')
    append(server, 'Url', action.url)
    append(server, 'Name', action.url)
  })
}

export function failureDocument(kind: FailureKind, clock: Clock): string {
  const { code, message } = failures[kind]
  return build(responseNamespace, (response, append) => {
    const error = append(response, 'Error')
    // A time of day with seven digits of a second, as .NET writes it.
    error.setAttribute('Time', `${new Date(clock.now()).toISOString().slice(11, 23)}0000`)
    error.setAttribute('Id', '1')
    append(error, 'ErrorCode', String(code))
    append(error, 'Message', message)
    append(error, 'DebugData')
  })
}

type Append = (parent: Element, name: string, text?: string) => Element

/** The outer namespace has no `mobilesync`; the inner one is the kind of answer. */
function build(namespace: string, fill: (response: Element, append: Append) => void): string {
  const document: Document = new DOMParser().parseFromString(`<Autodiscover xmlns="${responseNamespace}"/>`, 'text/xml')
  const append: Append = (parent, name, text) => {
    const child = document.createElementNS(namespace, name)
    if (text !== undefined) child.appendChild(document.createTextNode(text.replace(/\p{Cc}/gu, ' ')))
    parent.appendChild(child)
    return child
  }
  const root = document.documentElement
  if (root === null) throw new Error('the root was just written')
  fill(append(root, 'Response'), append)
  return `<?xml version="1.0" encoding="utf-8"?>\n${new XMLSerializer().serializeToString(document)}`
}

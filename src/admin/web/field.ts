// The parts of a form: fields with their labels and hints, buttons, and the form itself with its token.
import { html, type Html, type Part } from './html.ts'

interface Named {
  readonly label: string
  readonly name: string
  /** Where several forms of a page have a field of this name. */
  readonly id?: string
  readonly hint?: Part
  /** Why what was given is not accepted. */
  readonly trouble?: string | undefined
}

export interface TextField extends Named {
  readonly value?: string | number | null
  readonly type?: 'text' | 'search' | 'number' | 'password' | 'email' | 'time' | 'datetime-local'
  readonly required?: boolean
  readonly min?: number
  readonly max?: number
  readonly maxLength?: number
  readonly autocomplete?: string
  readonly placeholder?: string
  /** The id of a datalist. */
  readonly list?: string
  readonly spellcheck?: boolean
}

const idOf = ({ id, name }: Named) => `f-${id ?? name}`

/** The attributes that tie a field to what explains it. */
function described(field: Named): Html {
  const ids = [field.hint !== undefined && `${idOf(field)}-hint`, field.trouble !== undefined && `${idOf(field)}-trouble`].filter(
    (id) => id !== false,
  )
  return html`${ids.length > 0 && html` aria-describedby="${ids.join(' ')}"`}${field.trouble !== undefined && html` aria-invalid="true"`}`
}

function wrapped(field: Named, input: Html, kind = ''): Html {
  const { label, hint, trouble } = field
  return html`<div class="field ${kind}">
    <label for="${idOf(field)}">${label}</label>
    ${hint !== undefined && html`<p class="hint" id="${idOf(field)}-hint">${hint}</p>`} ${input}
    ${trouble !== undefined && html`<p class="trouble" id="${idOf(field)}-trouble">${trouble}</p>`}
  </div>`
}

function attribute(name: string, value: string | number | undefined): Html | false {
  return value !== undefined && html` ${name}="${value}"`
}

export function textField(field: TextField): Html {
  const { type = 'text', value, min, max, maxLength, autocomplete = 'off', placeholder, list } = field
  return wrapped(
    field,
    html`<input
      id="${idOf(field)}"
      name="${field.name}"
      type="${type}"
      value="${value ?? ''}"
      autocomplete="${autocomplete}"
      ${[
        ...[attribute('min', min), attribute('max', max), attribute('maxlength', maxLength)],
        ...[attribute('placeholder', placeholder), attribute('list', list)],
        field.required === true && html` required`,
        field.spellcheck === false && html` spellcheck="false" autocapitalize="none"`,
        described(field),
      ]}
    />`,
    type === 'number' ? 'short' : '',
  )
}

export function areaField(field: Named & { readonly value: string; readonly rows?: number }): Html {
  return wrapped(
    field,
    // The browser's parser drops one line end at the beginning: it is not to be one of the value's.
    html`<textarea id="${idOf(field)}" name="${field.name}" rows="${field.rows ?? 4}" ${described(field)}>${'\n'}${field.value}</textarea>`,
  )
}

export type Option = readonly [value: string, words: string]

export function selectField(field: Named & { readonly value: string; readonly options: readonly Option[] }): Html {
  return wrapped(
    field,
    html`<select id="${idOf(field)}" name="${field.name}" ${described(field)}>
      ${field.options.map(([value, words]) => html`<option value="${value}" ${value === field.value && html` selected`}>${words}</option>`)}
    </select>`,
  )
}

export function checkField(field: Named & { readonly value?: string; readonly checked: boolean }): Html {
  return html`<div class="field check">
    <input
      id="${idOf(field)}"
      name="${field.name}"
      type="checkbox"
      value="${field.value ?? 'yes'}"
      ${[field.checked && html` checked`, described(field)]}
    />
    <label for="${idOf(field)}">${field.label}</label>
    ${field.hint !== undefined && html`<p class="hint" id="${idOf(field)}-hint">${field.hint}</p>`}
  </div>`
}

/** A box without a visible label: what it stands for is said aloud. */
export function rowBox(name: string, value: string, label: string): Html {
  return html`<input class="box" type="checkbox" name="${name}" value="${value}" aria-label="${label}" />`
}

export function hidden(name: string, value: string | number): Html {
  return html`<input type="hidden" name="${name}" value="${value}" />`
}

/** `danger` leads to something that cannot be undone, `final` does it. */
export type ButtonTone = 'first' | 'second' | 'danger' | 'final'

export interface Button {
  readonly tone?: ButtonTone
  readonly name?: string
  readonly value?: string
  /** Where it sends the form, if not to the form's own address. */
  readonly action?: string
  /** Said aloud in place of the words, which may be one sign. */
  readonly label?: string
  /** Whether it sends the form without asking whether the fields are filled. */
  readonly anyway?: boolean
}

export function button(words: Part, options: Button = {}): Html {
  const { tone = 'second', name, value, action, label, anyway } = options
  return html`<button
    class="${tone}"
    type="submit"
    ${[
      ...[attribute('name', name), attribute('value', value), attribute('formaction', action), attribute('aria-label', label)],
      anyway === true && html` formnovalidate`,
    ]}
  >
    ${words}
  </button>`
}

/** A link that looks like a button: it only leads somewhere. */
export function linkButton(to: string, words: Part, tone: ButtonTone = 'second'): Html {
  return html`<a class="button ${tone}" href="${to}">${words}</a>`
}

/** A form that changes something: no other kind of POST leaves a page. */
export function postForm(action: string, csrf: string, body: Part, kind = ''): Html {
  return html`<form class="${kind}" method="post" action="${action}">${hidden('csrf', csrf)}${body}</form>`
}

/** One button that changes something. */
export function actButton(action: string, csrf: string, words: Part, options: Button & { readonly fields?: Part } = {}): Html {
  const { fields, ...rest } = options
  return postForm(action, csrf, [fields, button(words, rest)], 'act')
}

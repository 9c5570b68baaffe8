// The template tag: what is text stays text, whatever it holds; what a template made passes once.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { html, isEmpty } from '../../../src/admin/web/html.ts'
import { elementsOf, textOf } from '../../support/html.ts'

test('any text comes back from the page as it was, from an attribute and from between tags', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const [element, ...others] = elementsOf(html`<p title="${text}" data-x="${text}">${text}</p>`.toString())
      expect(others).toEqual([])
      expect(element?.attributes).toEqual({ title: text, 'data-x': text })
      expect(element?.children.filter((child) => typeof child === 'string').join('')).toBe(text)
    }),
  )
})

test('a template within a template is escaped once, and nothing stands for what is not there', () => {
  const inner = ['<a>', '&'].map((text) => html`<b>${text}</b>`)
  const outer = html`<p>${inner} ${null}${undefined}${false}${0}</p>`
  const [element] = elementsOf(outer.toString())
  expect(element && textOf(element)).toBe('<a>& 0')
  expect([isEmpty([]), isEmpty([null, html``]), isEmpty(0)]).toEqual([true, true, false])
})

test('nothing but a template can pass for html', () => {
  const forged = { toString: () => '<script>', text: '<script>' }
  expect(() => html`${forged as never}`.toString()).toThrow(TypeError)
})

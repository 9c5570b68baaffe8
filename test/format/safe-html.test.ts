// HTML that is kept for others to read: what it may say, and what it may not do.
import { expect, test } from 'vitest'
import { safeHtml } from '../../src/format/safe-html.ts'
import { expectWithin } from '../support/pace.ts'

test.each([
  ['text and its looks stay', '<p align="center">A <b>b</b><br>c</p>', '<p align="center">A <b>b</b><br>c</p>'],
  ['a document becomes its content', '<!DOCTYPE html><html><head><title>T</title></head><body>x</body></html>', 'x'],
  ['scripts go with what is in them', 'a<script>alert(1)</script><style>p{}</style>b', 'ab'],
  ['elements in dropped ones do not end them', '<svg><svg><p>x</p></svg>y</svg>z', 'z'],
  ['a script that never ends hides the rest', 'a<script>b', 'a'],
  ['event handlers go', '<p onclick="x()" title="t">a</p>', '<p>a</p>'],
  ['links lead where a reader sees', '<a href="https://e.test/?a=1&amp;b=2">a</a>', '<a href="https://e.test/?a=1&amp;b=2">a</a>'],
  ['links that act go', '<a href=" java&#115;cript:x()">a</a><a href="data:text/html,x">b</a>', '<a>a</a><a>b</a>'],
  ['pictures go, which tell when they are looked at', 'a<img src="https://e.test/1.gif">b', 'ab'],
  [
    'styles stay unless they load something',
    '<p style="color: red">a</p><p style="background:u\\72l(x)">b</p>',
    '<p style="color: red">a</p><p>b</p>',
  ],
  ['forms leave their text', '<form action="/x">a<input name="b"><button>c</button></form>', 'ac'],
  ['brackets in text stay text', '1 &lt; 2 &amp;lt; <3', '1 &lt; 2 &amp;lt; &lt;3'],
  ['quotes end no attribute', "<font face='a\"b'>x</font>", '<font face="a&quot;b">x</font>'],
  ['what is open is closed', '<div><b>a', '<div><b>a</b></div>'],
])('%s', (_what, html, safe) => {
  expect(safeHtml(html)).toBe(safe)
  expect(safeHtml(safe)).toBe(safe)
})

test('a text of nothing but tags costs no more than its length', async () => {
  for (const text of ['<div>'.repeat(6500), '<'.repeat(32_768), '<p '.repeat(10_000)]) await expectWithin(1000, () => safeHtml(text))
})

// How an app password looks: five groups of four letters, the last three of which check the others.
import { hash, randomInt } from 'node:crypto'

/** Without i, l and o, which look like others; letters alone, so that nobody changes the keyboard of his phone to type one. */
const letters = 'abcdefghjkmnpqrstuvwxyz'
/** 17 of 23 letters: 76.9 bits. */
const randomLetters = 17
const checkLetters = 3
const length = randomLetters + checkLetters
/** People type it in groups or without, in any letter case; some keyboards make a dash of a hyphen. */
const shape = new RegExp(`^[a-z](?:[-– ]?[a-z]){${length - 1}}$`, 'i')

/** What is typed, without its groups: what hashes are made of. */
declare const brand: unique symbol
export type AppPasswordText = string & { readonly [brand]: 'AppPasswordText' }

/** A fresh one. */
export function newAppPassword(): AppPasswordText {
  const random = Array.from({ length: randomLetters }, () => letters.charAt(randomInt(letters.length))).join('')
  return `${random}${checkOf(random)}` as AppPasswordText
}

/**
 * Reads what somebody typed; null for what is no app password. Another password of twenty letters passes for one once in 12,167 times:
 * nothing that looks like an app password is ever tried as one of the directory, so a revoked one in a phone locks nobody out.
 */
export function readAppPassword(typed: string): AppPasswordText | null {
  if (!shape.test(typed)) return null
  const text = typed.replaceAll(/[-– ]/g, '').toLowerCase()
  return checkOf(text.slice(0, randomLetters)) === text.slice(randomLetters) ? (text as AppPasswordText) : null
}

/** As it is shown: `abcd-efgh-jkmn-pqrs-tuvw`. */
export function showAppPassword(text: AppPasswordText): string {
  return (text.match(/.{4}/g) ?? []).join('-')
}

/** What is kept of it. It needs no salt and no cost: nobody guesses 76 bits. */
export function hashAppPassword(text: AppPasswordText): string {
  return hash('sha256', text, 'base64url')
}

/** A slip of the finger goes unnoticed once in 12,167 times. */
function checkOf(random: string): string {
  let rest = Number.parseInt(hash('sha256', `easel app password ${random}`, 'hex').slice(0, 8), 16)
  let check = ''
  for (let index = 0; index < checkLetters; index++) {
    check += letters.charAt(rest % letters.length)
    rest = Math.floor(rest / letters.length)
  }
  return check
}

// What Search, Find and ResolveRecipients share: questions to the address book, and what becomes of those it does not answer.
import { DirectoryUnavailable, type AddressBook, type DirectoryPage } from '../directory/directory.ts'
import type { Call } from './command.ts'
import { Failure } from './error.ts'
import type { Range } from './range.ts'

/** MS-ASCMD 2.2.3.143.3: the most people of one answer, whatever the range asks. */
export const peopleMax = 100

/** Asks the address book. What it cannot answer now is CannotConnect: "later", never "nobody". */
export async function ask<Answer>(call: Call, question: (book: AddressBook) => Promise<Answer>): Promise<Answer> {
  try {
    return await question(call.house.directory)
  } catch (thrown) {
    if (!(thrown instanceof DirectoryUnavailable)) throw thrown
    throw new Failure('CannotConnect', 'the directory does not answer')
  }
}

/** So many questions of one request at a time: whoever looks at pictures must not keep others from logging in. */
const askedAtOnce = 8

/** Asks about each of these, a few at a time; the answers in their order. As `ask` does. */
export async function askEach<About, Answer>(
  call: Call,
  all: readonly About[],
  question: (book: AddressBook, about: About) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  for (let from = 0; from < all.length; from += askedAtOnce) {
    const some = all.slice(from, from + askedAtOnce)
    answers.push(...(await ask(call, (book) => Promise.all(some.map((about) => question(book, about))))))
  }
  return answers
}

/** Throws TimedOut for an account that has read more of the address book than it may: once for each request, before the first question. */
export function checkAllowance({ account, house }: Call): void {
  if (!house.lookUps.allows(account.id)) throw new Failure('TimedOut', 'too much of the address book was asked for')
}

/** Who matches `text`, counted against the account. Throws CannotConnect, and TimedOut for a request that asks for far too much. */
export async function findPeople(text: string, { from, to }: Range, call: Call): Promise<DirectoryPage> {
  const { account, house } = call
  if (!house.lookUps.allowsMore(account.id)) throw new Failure('TimedOut', 'one request asked for far too much of the address book')
  const range = { from, to: Math.min(to, from + peopleMax - 1) }
  const page = await ask(call, (book) => book.search(text, range, account.address))
  house.lookUps.charge(account.id, page.entries.length)
  return page
}

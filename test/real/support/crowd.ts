// Five thousand people of two companies, and a few whose names or fates matter: the same ones for every directory.

/** Everybody's password. */
export const userPassword = 'Wonder-1and'

/** Those of `north` and those of `south` are kept apart where domains are. */
export type Side = 'north' | 'south'

export interface Person {
  readonly uid: string
  readonly side: Side
  readonly firstName: string
  readonly lastName: string
  /** The name of the entry as well; it need not be unique. */
  readonly displayName: string
  readonly addresses: readonly string[]
  readonly hidden?: boolean
  readonly photo?: boolean
  /** Whether a certificate for mail is published. */
  readonly certificate?: boolean
}

const person = (uid: string, firstName: string, lastName: string, more: Partial<Person> = {}): Person => ({
  uid,
  side: 'north',
  firstName,
  lastName,
  displayName: `${firstName} ${lastName}`,
  addresses: [`${uid}@north.example`],
  ...more,
})

/** Those that tests speak of by name. */
export const cast = [
  person('alice', 'Alice', 'Liddell', { addresses: ['alice@north.example', 'a.liddell@north.example'], photo: true, certificate: true }),
  person('bob', 'Bob', 'Dodgson'),
  person('carol', 'Carol', 'Outsider'),
  person('dora', 'Dora', 'Disabled'),
  person('edith', 'Edith', 'Expired'),
  person('lena', 'Lena', 'Locked'),
  person('mona', 'Mona', 'Mustchange'),
  person('paul', 'Paul', 'Passé'),
  person('hugo', 'Hugo', 'Hidden', { hidden: true }),
  person('zoe', 'Zoë', 'Müller-Lüdenscheidt', { displayName: 'Zoë "Z*" Müller-Lüdenscheidt (Sales, EMEA) \\ #1' }),
  person('sven', 'Sven', 'South', { side: 'south', addresses: ['sven@south.example'] }),
  // Two with one name and one alias: the alias means nobody.
  person('twin.north', 'Toni', 'Twin', { addresses: ['twin.north@north.example', 'twin@north.example'] }),
  person('twin.south', 'Toni', 'Twin', { side: 'south', addresses: ['twin.south@south.example', 'twin@north.example'] }),
  person('mute', 'Mute', 'Without-Mail', { addresses: [] }),
]

const firstNames = [
  ...['Anna', 'Ben', 'Clara', 'David', 'Emma', 'Felix', 'Greta', 'Hans', 'Ida', 'Jürgen', 'Käthe', 'Lars', 'Mia', 'Noah', 'Olga'],
  ...['Peter', 'Quentin', 'Rosa', 'Søren', 'Tilda', 'Uwe', 'Vera', 'Willi', 'Xaver', 'Yvonne', 'Zacharias', 'André', 'Björn', 'Chloé'],
  ...['Dörte', 'Étienne', 'François', 'Günther', 'Hélène', 'Ingrid', 'José', 'Karl', 'Łukasz', 'Małgorzata', 'Niña', 'Ömer', 'Paweł'],
  ...['Ruža', 'Šárka', 'Timo', 'Ulrike', 'Viktor', 'Wanda', 'Zdeněk', "D'Arcy"],
]
const lastNames = [
  ...['Ahlers', 'Bauer', 'Carstens', 'Dietrich', 'Engel', 'Fischer', 'Groß', 'Hofmann', 'Ivanov', 'Jäger', 'Köhler', 'Lehmann', 'Möller'],
  ...['Neumann', 'Özdemir', 'Peters', 'Quandt', 'Richter', 'Schäfer', 'Thiel', 'Ullrich', 'Vogt', 'Weiß', 'Xu', 'Yılmaz', 'Zimmermann'],
  ...["O'Brien", 'van der Berg', 'Łapiński', 'Čapek', 'Dvořák', 'Ekström', 'Fuchs', 'García', 'Håkansson', 'Ibsen', 'Jensen', 'Krüger'],
  ...['Lund', 'Martínez', 'Nagy', 'Olsen', 'Pérez', 'Rossi', 'Schulz', 'Tóth', 'Urban', 'Voß', 'Wolf', 'Zajíc'],
]

/** A name with what an address can hold. */
const plain = (name: string) =>
  name
    .replaceAll('ß', 'ss')
    .replaceAll(/[øØ]/g, 'o')
    .replaceAll(/[łŁ]/g, 'l')
    .replaceAll('ı', 'i')
    .normalize('NFD')
    .replaceAll(/[^A-Za-z]/g, '')
    .toLowerCase()

/** This many people, half of each side: everybody's namesake is on the other. Fifty by fifty names make 5,000. */
export function crowd(count: number): Person[] {
  const pairs = firstNames.flatMap((first) => lastNames.map((last) => [first, last] as const)).slice(0, Math.ceil(count / 2))
  return pairs.flatMap(([firstName, lastName], index) =>
    (['north', 'south'] as const).map((side) => {
      const uid = `${plain(firstName)}.${plain(lastName)}.${side.charAt(0)}`
      return {
        uid,
        side,
        firstName,
        lastName,
        displayName: `${firstName} ${lastName}`,
        addresses: [`${plain(firstName)}.${plain(lastName)}@${side}.example`],
        photo: index % 10 === 0,
        certificate: index % 25 === 0,
        hidden: index % 100 === 99,
      }
    }),
  )
}

/** A JPEG of one grey pixel. */
export const photo = Buffer.from(
  [
    ...['ffd8', 'ffe000104a46494600010100000100010000', `ffdb004300${'ff'.repeat(64)}`, 'ffc0000b080001000101011100'],
    ...['ffc40014000100000000000000000000000000000003', 'ffc40014100100000000000000000000000000000000', 'ffda0008010100003f00', '37ffd9'],
  ].join(''),
  'hex',
)

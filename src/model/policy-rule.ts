// The kinds of rules a policy is made of, and how each is declared.

/** Where people look for a rule, in this order. */
export const ruleGroups = {
  passcode: 'Passcode',
  encryption: 'Encryption',
  device: 'Device',
  mail: 'Mail and sync',
  smime: 'S/MIME',
  applications: 'Applications',
} as const
export type RuleGroup = keyof typeof ruleGroups

/** What the number of a rule counts. */
export type RuleUnit = 'characters' | 'seconds' | 'attempts' | 'days' | 'passcodes' | 'kinds' | 'bytes' | 'kilobytes'

/** What people read of a rule. */
interface About {
  readonly group: RuleGroup
  readonly title: string
  readonly about: string
}

export interface FlagRule extends About {
  readonly kind: 'flag'
  /** What a phone does that was never told. */
  readonly neutral: boolean
}

export interface NumberRule<Neutral extends number | null = number | null> extends About {
  readonly kind: 'number'
  /** Of a rule that is set; both included. */
  readonly min: number
  readonly max: number
  readonly unit: RuleUnit
  /** Null: the element is sent empty. iOS refuses a whole policy for a 0 in an element whose range it checks. */
  readonly neutral: Neutral
}

export interface ChoiceRule<Name extends string = string, Sent extends number = number> extends About {
  readonly kind: 'choice'
  /** The number that travels, by the name people use. */
  readonly values: Readonly<Record<Name, Sent>>
  readonly neutral: Name
}

/** A list; an empty one is neutral. */
export interface TextsRule<Item extends string = string> extends About {
  readonly kind: 'texts'
  /** The element each text is sent in. */
  readonly item: Item
  readonly pattern: RegExp
  /** What fits the pattern, in words. */
  readonly expected: string
}

export type Rule = FlagRule | NumberRule | ChoiceRule | TextsRule

/** A rule that is on or off. */
export function flag(group: RuleGroup, neutral: boolean, title: string, about: string): FlagRule {
  return { kind: 'flag', group, neutral, title, about }
}

/** A rule with a whole number. */
export function number<const Neutral extends number | null>(
  group: RuleGroup,
  [min, max, unit]: readonly [min: number, max: number, unit: RuleUnit],
  neutral: Neutral,
  title: string,
  about: string,
): NumberRule<Neutral> {
  return { kind: 'number', group, min, max, unit, neutral, title, about }
}

/** A rule with one of a few values, which have names. */
export function choice<Name extends string, const Sent extends number>(
  group: RuleGroup,
  values: Readonly<Record<Name, Sent>>,
  neutral: NoInfer<Name>,
  title: string,
  about: string,
): ChoiceRule<Name, Sent> {
  return { kind: 'choice', group, values, neutral, title, about }
}

/** A rule with a list of texts. */
export function texts<const Item extends string>(
  group: RuleGroup,
  item: Item,
  [pattern, expected]: readonly [pattern: RegExp, expected: string],
  title: string,
  about: string,
): TextsRule<Item> {
  return { kind: 'texts', group, item, pattern, expected, title, about }
}

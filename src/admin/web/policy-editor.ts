// Writing a policy: the form, what it would come to, and only then the store.
import { z } from 'zod'
import { defaultPolicyName, type Policy } from '../../model/policy.ts'
import { administrators, sentence } from '../action.ts'
import { button, hidden, postForm } from './field.ts'
import { html, type Part } from './html.ts'
import { page } from './layout.ts'
import { policyPath } from './paths.ts'
import { draftFrom, policyForm, policyOf, troublesOf, troubleSentence, type Draft, type Troubles } from './policy-form.ts'
import { changesSection, clientsSection, effectSection } from './policy-preview.ts'
import type { PageAnswer, PageRequest, PageRoute } from './route.ts'

/** What a new policy begins with. */
const fresh: Policy = {
  name: '',
  rank: 100,
  groups: [],
  syncEnabled: true,
  minVersion: null,
  maxVersion: null,
  devicesMax: null,
  provisions: true,
  allowNonProvisionable: true,
  refreshHours: null,
  rules: { devicePasswordEnabled: true },
}

interface Refused {
  readonly troubles: Troubles
  readonly words: string
}

function editor(request: PageRequest, draft: Draft, refused: Refused | null = null): PageAnswer {
  const isNew = draft.has('isNew')
  const name = draft.get('name') ?? ''
  const form = policyForm(draft, refused?.troubles ?? new Map(), {
    isNew,
    csrf: request.csrf,
    back: isNew ? '/policies' : policyPath(name),
  })
  const title = isNew ? 'Add a policy' : `Change the policy ${name}`
  return page(request, { title, current: '/policies', body: form, refused: refused?.words ?? null })
}

/** What was refused, by field where that is known; whatever else went wrong is thrown again. */
function refusedBy(error: unknown): Refused {
  if (error instanceof z.ZodError) {
    const troubles = troublesOf(error)
    return { troubles, words: troubleSentence(troubles) }
  }
  const words = sentence(error)
  if (words === null) throw error
  return { troubles: new Map(), words }
}

/** A form of which only what was typed goes on. */
function draftOf(form: URLSearchParams | null): Draft {
  return new URLSearchParams(form ?? '')
}

/** The draft once more, unseen. */
function hiddenDraft(draft: Draft): Part {
  return [...draft].map(([name, value]) => hidden(name, value))
}

async function preview(request: PageRequest): Promise<PageAnswer> {
  const draft = draftOf(request.form)
  try {
    const policy = policyOf(draft)
    const shown = await request.perform('policy.preview', policy)
    const isNew = draft.has('isNew')
    if (isNew && (await request.perform('policy.list', {})).some(({ name }) => name === policy.name)) {
      return editor(request, draft, {
        troubles: new Map([['name', 'That name is taken.']]),
        words: `There is a policy ${policy.name} already.`,
      })
    }
    const form = postForm('/policies/save', request.csrf, [
      hiddenDraft(draft),
      html`<div class="buttons">
        ${button('Save this policy', { tone: 'first' })} ${button('Go back and change it', { action: '/policies/edit' })}
      </div>`,
    ])
    const body = [changesSection(shown), effectSection(shown), form, clientsSection(shown)]
    return page(request, { title: `Save the policy ${policy.name}?`, current: '/policies', body })
  } catch (error) {
    return editor(request, draft, refusedBy(error))
  }
}

async function save(request: PageRequest): Promise<PageAnswer> {
  const draft = draftOf(request.form)
  try {
    const { name } = await request.perform('policy.set', policyOf(draft))
    return { kind: 'redirect', to: policyPath(name), said: 'The policy is saved. Phones are told at their next request.' }
  } catch (error) {
    return editor(request, draft, refusedBy(error))
  }
}

/** An empty policy, or a copy of another one. */
async function added({ query, perform }: PageRequest): Promise<Draft> {
  const copied = query.get('like')
  const draft = draftFrom(copied === null ? fresh : { ...(await perform('policy.show', { name: copied })), name: '', groups: [] })
  draft.set('isNew', 'yes')
  return draft
}

export const policyEditorRoutes: readonly PageRoute[] = [
  { method: 'GET', path: '/policies/add', roles: administrators, handle: async (request) => editor(request, await added(request)) },
  {
    method: 'GET',
    path: '/policies/named/:name/edit',
    roles: administrators,
    handle: async (request) => {
      const name = request.params['name'] ?? defaultPolicyName
      return editor(request, draftFrom(await request.perform('policy.show', { name })))
    },
  },
  {
    method: 'POST',
    path: '/policies/edit',
    roles: administrators,
    handle: (request) => Promise.resolve(editor(request, draftOf(request.form))),
  },
  { method: 'POST', path: '/policies/preview', roles: administrators, handle: preview },
  { method: 'POST', path: '/policies/save', roles: administrators, handle: save },
]

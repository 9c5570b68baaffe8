// The access rules: written in order, tried on the phones there are, and only then saved.
import { administrators, staff } from '../action.ts'
import type { ActionOutput } from '../actions.ts'
import { draftFrom, draftOf, flaw, hiddenRules, moved, rulesForm, rulesInputOf, ruleWords, type RulesDraft } from './access-form.ts'
import { accessBadge } from './badge.ts'
import { button, postForm } from './field.ts'
import { html, type Html } from './html.ts'
import { page } from './layout.ts'
import { devicePath } from './paths.ts'
import type { PageAnswer, PageRequest, PageRoute } from './route.ts'
import { section, table } from './table.ts'
import { trying } from './trying.ts'

type Hits = ActionOutput<'access.preview'>

/** More than these say nothing more. */
const hitsShown = 200

const intro = html`<p>
    The rules are tried in this order. The first one that fits decides; where none fits, the default does. <code>*</code> stands for any
    letters, <code>?</code> for one letter.
  </p>
  <p class="soft">What somebody decided for a single phone stays, whatever the rules say.</p>`

function editor(request: PageRequest, draft: RulesDraft, refused: string | null = null): PageAnswer {
  const body = [intro, rulesForm(draft, request.csrf)]
  return page(request, { title: 'Access rules', current: '/access', body, refused })
}

function ruleList({ fallback, rules }: RulesDraft): Html {
  return html`<ol class="plain">
      ${rules.map((rule) => html`<li>${ruleWords(rule)}</li>`)}
    </ol>
    <p>Where no rule fits: ${accessBadge(fallback)}</p>`
}

function hitList(hits: Hits): Html {
  return table({
    caption: 'Phones whose access changes',
    rows: hits.slice(0, hitsShown),
    empty: 'No phone is hit: every one keeps the access it has.',
    columns: [
      {
        title: 'Device',
        kind: 'name',
        cell: ({ account, device, name }) =>
          html`<a class="clip" href="${devicePath({ account, id: device })}"><bdi>${name}</bdi></a>
            <span class="under"><bdi>${account}</bdi></span>`,
      },
      { title: 'Now', cell: ({ before }) => accessBadge(before) },
      { title: 'Then', cell: ({ after }) => accessBadge(after) },
    ],
  })
}

/** What a draft would do, before it is saved. */
async function trial(request: PageRequest, draft: RulesDraft): Promise<PageAnswer> {
  const wrong = flaw(draft)
  if (wrong !== null) return editor(request, draft, wrong)
  const work = async (): Promise<PageAnswer> => {
    const hits = await request.perform('access.preview', rulesInputOf(draft))
    const count = hits.length === 0 ? 'No phone is hit' : hits.length === 1 ? 'One phone is hit' : `${hits.length} phones are hit`
    const form = postForm('/access', request.csrf, [
      hiddenRules(draft),
      html`<div class="buttons stay">
        ${button('Save these rules', { tone: 'first', name: 'step', value: 'save' })}
        ${button('Go back and change them', { name: 'step', value: 'edit' })}
      </div>`,
    ])
    const more = hits.length > hitsShown && html`<p class="soft">Only the first ${hitsShown} are shown.</p>`
    const body = [section('The rules', ruleList(draft)), section(count, [hitList(hits), more], { id: 'hits' }), form]
    return page(request, { title: 'Save these access rules?', current: '/access', body })
  }
  return trying(work, (refused) => editor(request, draft, refused))
}

function save(request: PageRequest, draft: RulesDraft): Promise<PageAnswer> {
  const work = async (): Promise<PageAnswer> => {
    const { affected } = await request.perform('access.set', rulesInputOf(draft))
    const said = `The access rules are saved. ${affected.length} ${affected.length === 1 ? 'phone is' : 'phones are'} judged anew.`
    return { kind: 'redirect', to: '/access', said }
  }
  return trying(work, (refused) => editor(request, draft, refused))
}

export const accessRoutes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/access',
    roles: staff,
    handle: async (request) => {
      const draft = draftFrom(await request.perform('access.show', {}))
      if (administrators.includes(request.actor.role)) return editor(request, draft)
      return page(request, { title: 'Access rules', current: '/access', body: [intro, section('The rules', ruleList(draft))] })
    },
  },
  {
    method: 'POST',
    path: '/access',
    roles: administrators,
    handle: (request) => {
      const draft = draftOf(request.form)
      const step = request.form?.get('step') ?? 'try'
      if (step === 'try') return trial(request, draft)
      if (step === 'save') return save(request, draft)
      return Promise.resolve(editor(request, moved(draft, step)))
    },
  },
]

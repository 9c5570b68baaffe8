// The folder side of a phone at a desk: its key, its tree, and its complaints about what it is told.
import { folderCreate } from '../../src/protocol/commands/folder-create.ts'
import { folderDelete } from '../../src/protocol/commands/folder-delete.ts'
import { folderSync } from '../../src/protocol/commands/folder-sync.ts'
import { folderUpdate } from '../../src/protocol/commands/folder-update.ts'
import type { Command } from '../../src/protocol/define.ts'
import { Caller, type CallReply } from './caller.ts'
import { all, el, textAt, type Node } from './wire.ts'

export interface TreeFolder {
  readonly parent: string
  readonly name: string
  readonly type: number
}

/** A request whose reply may get lost, to be sent again as it was. */
export interface Asked {
  readonly command: Command
  readonly body: Node
  readonly take: (reply: CallReply) => void
}

const element = (name: string, content: string | number) => el(`FolderHierarchy:${name}`, content)

export class TreePhone extends Caller {
  key = '0'
  /** Some phones drop what lies below a folder they delete; others wait until they are told. */
  cascades = true
  folders = new Map<string, TreeFolder>()
  readonly violations: string[] = []
  /** Whether a reply was lost since the last one that was heard. */
  #missed = false
  /** What went along with a folder the phone deleted. */
  readonly #dropped = new Set<string>()

  /** Sends a request; where the reply is not lost, takes it. Returns the Status, whatever the phone heard of it. */
  async ask(asked: Asked, lost = false): Promise<number | null> {
    const reply = await this.send(asked.command, asked.body)
    if (lost) this.#missed = true
    else asked.take(reply)
    return reply.status
  }

  syncing(key = this.key): Asked {
    return {
      command: folderSync,
      body: el('FolderHierarchy:FolderSync', [element('SyncKey', key)]),
      take: (reply) => this.#takeSync(reply, key),
    }
  }

  creating(name: string, parent = '0', type = 12): Asked {
    const children = [element('SyncKey', this.key), element('ParentId', parent), element('DisplayName', name), element('Type', type)]
    return {
      command: folderCreate,
      body: el('FolderHierarchy:FolderCreate', children),
      take: (reply) => {
        if (!this.#takeKey(reply)) return
        const id = textAt(reply.node, 'ServerId') ?? ''
        if (this.folders.has(id)) this.violations.push(`created ${id}, which the phone has`)
        this.folders.set(id, { parent: parent === '' ? '0' : parent, name, type })
      },
    }
  }

  updating(id: string, name: string, parent = this.folders.get(id)?.parent ?? '0'): Asked {
    const children = [element('SyncKey', this.key), element('ServerId', id), element('ParentId', parent), element('DisplayName', name)]
    return {
      command: folderUpdate,
      body: el('FolderHierarchy:FolderUpdate', children),
      take: (reply) => {
        const folder = this.folders.get(id)
        if (this.#takeKey(reply) && folder !== undefined) this.folders.set(id, { ...folder, name, parent })
      },
    }
  }

  deleting(id: string): Asked {
    return {
      command: folderDelete,
      body: el('FolderHierarchy:FolderDelete', [element('SyncKey', this.key), element('ServerId', id)]),
      take: (reply) => {
        if (!this.#takeKey(reply)) return
        const along = this.below(id)
        this.folders.delete(id)
        along.delete(id)
        if (!this.cascades) return
        for (const one of along) this.folders.delete(one)
        for (const one of along) this.#dropped.add(one)
      },
    }
  }

  /** FolderSync; returns how many changes it brought. */
  async sync(): Promise<number> {
    let count = -1
    const asked = this.syncing()
    await this.ask({
      ...asked,
      take: (reply) => {
        asked.take(reply)
        count = Number(textAt(reply.node, 'Changes/Count') ?? -1)
      },
    })
    return count
  }

  /** The id of a folder by its name. */
  id(name: string): string {
    const found = [...this.folders].find(([, folder]) => folder.name === name)
    if (found === undefined) throw new Error(`the phone has no folder ${name}`)
    return found[0]
  }

  /** A folder and all below it, as this phone sees them. */
  below(id: string): Set<string> {
    const found = new Set([id])
    for (let size = 0; size !== found.size;) {
      size = found.size
      for (const [one, folder] of this.folders) if (found.has(folder.parent)) found.add(one)
    }
    return found
  }

  #takeKey(reply: CallReply): boolean {
    const key = textAt(reply.node, 'SyncKey')
    if (reply.status !== 1) {
      if (key !== null) this.violations.push(`a SyncKey with Status ${reply.status}`)
      return false
    }
    if (key === null || key === '' || key === '0') this.violations.push(`SyncKey ${key} with Status 1`)
    this.key = key ?? this.key
    return true
  }

  #takeSync(reply: CallReply, asked: string): void {
    if (!this.#takeKey(reply)) return
    if (asked === '0') this.#dropped.clear()
    const folders = asked === '0' ? new Map<string, TreeFolder>() : new Map(this.folders)
    const changes = (kind: string) =>
      all(reply.node, `Changes/${kind}`).map((change) => [textAt(change, 'ServerId') ?? '', change] as const)
    const count = ['Update', 'Delete', 'Add'].reduce((sum, kind) => sum + changes(kind).length, 0)
    if (String(count) !== textAt(reply.node, 'Changes/Count')) this.violations.push(`Count of ${count} changes is wrong`)
    if (count === 0 && this.key !== asked && !this.#missed) this.violations.push('a new key for nothing')
    this.#missed = false
    for (const [id, change] of changes('Update')) {
      if (!folders.has(id) && !this.#dropped.delete(id)) this.violations.push(`Update of ${id}, which the phone does not have`)
      folders.set(id, folderOf(change))
    }
    for (const [id] of changes('Delete')) {
      if (!folders.delete(id) && !this.#dropped.delete(id)) this.violations.push(`Delete of ${id}, which the phone does not have`)
    }
    for (const [id, change] of changes('Add')) {
      const folder = folderOf(change)
      if (folders.has(id)) this.violations.push(`Add of ${id}, which the phone has`)
      if (folder.parent !== '0' && !folders.has(folder.parent)) this.violations.push(`Add of ${id} before its parent ${folder.parent}`)
      folders.set(id, folder)
    }
    for (const [id, { parent }] of folders)
      if (parent !== '0' && !folders.has(parent)) this.violations.push(`${id} has no parent ${parent}`)
    this.folders = folders
  }
}

function folderOf(change: Node): TreeFolder {
  return { parent: textAt(change, 'ParentId') ?? '', name: textAt(change, 'DisplayName') ?? '', type: Number(textAt(change, 'Type')) }
}

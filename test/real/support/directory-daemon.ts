// A directory's daemon in a folder of its own: it can be silenced, stopped, and read.
import { removeFolder, type Daemon } from './daemon.ts'

export class DirectoryDaemon {
  readonly folder: string
  #daemon: Daemon | null = null
  /** What earlier lives of it have printed. */
  #earlier = ''

  protected constructor(folder: string) {
    this.folder = folder
  }

  /** It was started, again perhaps. */
  protected runs(daemon: Daemon): void {
    this.#daemon = daemon
  }

  /** Silent from now on: connections are taken, and nothing is answered. */
  pause(): void {
    this.#daemon?.signal('SIGSTOP')
  }

  resume(): void {
    this.#daemon?.signal('SIGCONT')
  }

  async stop(): Promise<void> {
    this.resume()
    await this.#daemon?.stop()
    this.#earlier = this.log
    this.#daemon = null
  }

  async dispose(): Promise<void> {
    await this.stop()
    removeFolder(this.folder)
  }

  /** What it has printed so far: each login is in it. */
  get log(): string {
    return this.#earlier + (this.#daemon?.output() ?? '')
  }
}

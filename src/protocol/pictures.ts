// Pictures of people, within the limits a phone sets and those of an answer.
import type { DirectoryEntry } from '../directory/directory.ts'
import type { Call } from './command.ts'
import { commonStatus } from './error.ts'
import { askEach } from './people.ts'

/** The options a phone sends; an empty element (iOS) sets no limit. */
export interface PictureOptions {
  /** Bytes of one picture. */
  readonly MaxSize?: number | undefined
  readonly MaxPictures?: number | undefined
}

/** MS-ASCMD 2.2.3.177.12 and .13: the Status of a Picture, with Data only where it is 1. */
export interface Picture {
  readonly Status: number
  readonly Data?: Uint8Array
}

/** MS-ASCMD 2.2.3.105: 100 KB at most, whatever the phone would take. */
const pictureBytesMax = 102_400

const [noPicture] = commonStatus.NoPicture
const [tooLarge] = commonStatus.PictureTooLarge
const [limitReached] = commonStatus.PictureLimitReached

/** The pictures of one answer. */
export class Album {
  readonly #options: PictureOptions | null
  readonly #call: Call
  #bytes: number

  /** `options`: null for an empty element, undefined where no pictures are asked for. */
  constructor(options: PictureOptions | null | undefined, call: Call) {
    this.#options = options === undefined ? null : (options ?? {})
    this.#call = call
    this.#bytes = call.house.limits.answerBytesMax
  }

  /** The picture of each of these entries, in their order; none at all where none are asked for. */
  async of(entries: readonly DirectoryEntry[]): Promise<readonly Picture[]> {
    return this.show(() => askEach(this.#call, entries, (book, { id }) => book.photo(id)))
  }

  /**
   * The pictures of one list, which are looked up only where any are asked for. MS-ASCMD 2.2.3.104: MaxPictures counts within one list,
   * and those behind it still hear whether they have a picture, or one that is too large.
   */
  async show(lookUp: () => Promise<readonly (Uint8Array | null)[]>): Promise<readonly Picture[]> {
    const options = this.#options
    if (options === null) return []
    const photos = await lookUp()
    const sizeMax = Math.min(options.MaxSize ?? pictureBytesMax, pictureBytesMax)
    let left = options.MaxPictures ?? Infinity
    return photos.map((photo) => {
      if (photo === null) return { Status: noPicture }
      if (photo.length > sizeMax) return { Status: tooLarge }
      if (left <= 0 || photo.length > this.#bytes) return { Status: limitReached }
      left--
      this.#bytes -= photo.length
      return { Status: 1, Data: photo }
    })
  }
}

// File names of attachments, safe to show and to store.
import { speakable } from './text.ts'

const nameCharsMax = 200

// Overrides and isolates of direction let `exe.gpj` look like `jpg.exe` (Unicode Technical Report 36, 3.3).
const invisible = /[\u061C\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF\u0080-\u009F]/g

/** The last segment of `name` without control characters, direction overrides or ends that file systems refuse; null if nothing remains. */
export function cleanName(name: string): string | null {
  const last =
    speakable(name)
      .replace(invisible, '')
      .split(/[/\\]/)
      .findLast((segment) => segment.trim() !== '') ?? ''
  // A run that ends nowhere is looked at once: a pattern that begins at each of its characters takes the square of the time.
  const clean = last.replace(/[\s\u00A0]+/g, ' ').replace(/^ +|(?<![. ])[. ]+$/g, '')
  if (clean === '') return null
  return clean.length <= nameCharsMax ? clean : shorten(clean)
}

/** Keeps the extension, by which phones choose what opens the file. */
function shorten(name: string): string {
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 && name.length - dot <= 20 ? name.slice(dot) : ''
  return (name.slice(0, nameCharsMax - extension.length) + extension).toWellFormed()
}

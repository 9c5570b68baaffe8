// Lists as people type them: one thing in each line.

/** The lines that hold something, each once. */
export function linesOf(text: string): string[] {
  return [
    ...new Set(
      text
        .split(/\r?\n|\r/)
        .map((line) => line.trim())
        .filter(Boolean),
    ),
  ]
}

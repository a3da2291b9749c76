/** Collects what the writer should know though nothing is refused; each becomes a `Warning:` header. */
export class Warnings {
  readonly #texts: Set<string>

  constructor(first?: string) {
    this.#texts = new Set(first === undefined ? [] : [first])
  }

  add(...texts: readonly string[]): void {
    for (const text of texts) this.#texts.add(text)
  }

  get texts(): readonly string[] {
    return [...this.#texts]
  }
}

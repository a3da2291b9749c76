import { styleText } from 'node:util'

/** Says what is being done and, when it is done, how long it took. */
export interface Progress {
  step(text: string): void
  done(text: string): void
}

/** One line per step on standard error; on a terminal, the step under way is rewritten by its end. */
export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const began = performance.now()
  const style = (format: Parameters<typeof styleText>[0], text: string): string => styleText(format, text, { stream })
  const seconds = (): string => style('dim', `${((performance.now() - began) / 1000).toFixed(1)} s`)
  let open = false
  const close = (): void => {
    if (open && stream.isTTY) stream.write('\r\x1b[2K')
    open = false
  }
  return {
    step(text) {
      close()
      open = true
      stream.write(stream.isTTY ? `${style('cyan', '…')} ${text}` : `… ${text}\n`)
    },
    done(text) {
      close()
      stream.write(`${style('green', '✓')} ${text} ${seconds()}\n`)
    },
  }
}

import { type Command, InvalidArgumentError } from 'commander'

export interface ClusterOption {
  readonly name: string
  readonly data?: string
}

/** The cluster that is meant when nothing is said. */
export const DEFAULT_NAME = 'default'

/** Which cluster a command is about. */
export const withCluster = (command: Command): Command =>
  command
    .option('--name <name>', 'which cluster', DEFAULT_NAME)
    .option('--data <folder>', 'where its data is kept (default: /var/lib/portolan/NAME)')

/** The folder of the cluster that the options name. */
export async function rootOf({ name, data }: ClusterOption): Promise<string> {
  const { checkName, defaultRoot } = await import('../cluster/index.ts')
  return data ?? defaultRoot(checkName(name), process.env)
}

export function wholeNumber(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('not a whole number')
  return number
}

/** Aborts when the process is asked to end. */
export function untilTold(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort(new Error(`ended by ${name}`)))
  return controller.signal
}

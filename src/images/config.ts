import type { Image } from './image.ts'
import { record, strings } from './manifest.ts'

/** What an image says about the containers made from it. */
export interface ImageConfig extends Pick<Image, 'env' | 'entrypoint' | 'command' | 'workingDir'> {
  /** As written: names or numbers, `user[:group]`. */
  readonly user: string
  /** Digests of the layers' uncompressed content, lowest first. */
  readonly diffIds: readonly string[]
}

/** Without a PATH of its own an image gets this one, as containerd gives it. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** OCI image specification, config.md. What is missing is empty. Pure. */
export function readConfig(value: unknown): ImageConfig {
  const { config, rootfs } = record(value)
  const { Env, Entrypoint, Cmd, WorkingDir, User } = record(config)
  const variables = strings(Env).map((text): [string, string] => {
    const equals = text.indexOf('=')
    return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)]
  })
  return {
    env: { PATH, ...Object.fromEntries(variables) },
    entrypoint: strings(Entrypoint),
    command: strings(Cmd),
    workingDir: typeof WorkingDir === 'string' ? WorkingDir : '',
    user: typeof User === 'string' ? User : '',
    diffIds: strings(record(rootfs)['diff_ids']),
  }
}

import { PortolanError } from '../../lib/index.ts'
import { ProgramError, run } from '../run.ts'
import { generationOf } from './generation.ts'
import { type Libnftables, openLibnftables } from './libnftables.ts'
import { type Netlink, openNetlink } from './netlink.ts'
import { type Nft, NftError, type NftObject } from './nft.ts'
import { rememberRuleMessages } from './remember-rule.ts'

/** Scripts above this size, in characters, go to a process of their own: they take long and need much memory, for a while. */
const LARGE = 64 << 10

/**
 * The real {@link Nft}: small transactions by libnftables inside this process, large ones by the `nft` program, and
 * everything by the program where the library can't be loaded.
 */
export function createNft(): Nft {
  let library: Promise<Libnftables | undefined> | undefined
  let netlink: Promise<Netlink> | undefined
  const open = (): Promise<Libnftables | undefined> => (library ??= openLibnftables().catch(() => undefined))
  const ask = (): Promise<Netlink> => (netlink ??= openNetlink())
  const own = countOwn()
  return {
    run: (script, signal) =>
      own.transaction(async () => {
        if (script === '') return false
        const lib = script.length > LARGE ? undefined : await open()
        if (!lib) return runProgram(script, signal)
        const { error } = lib.run(script)
        if (error !== undefined) throw new NftError(explain(error))
        return true
      }),
    async list(what, signal) {
      const lib = await open()
      const { output, error } = lib ? lib.run(`list ${what}`) : { output: await listByProgram(what, signal), error: undefined }
      if (error !== undefined) throw new NftError(explain(error))
      return parse(output)
    },
    async elements(map, signal) {
      const { stdout } = await run('nft', ['-j', 'list', 'map', ...map.split(' ')], signal ? { signal } : {}).catch(rethrow)
      return parse(stdout).flatMap((object) => (object['map']?.['elem'] as readonly unknown[] | undefined) ?? [])
    },
    remember: (rule) =>
      own.transaction(async () => {
        ;(await ask()).ask(rememberRuleMessages(rule))
        return true
      }),
    changedByOthers: async () => own.compare(generationOf(await ask())),
  }
}

/** Tells the transactions of this object from those of everybody else in the namespace. */
function countOwn() {
  let before: number | undefined
  let own = 0
  let underWay = 0
  return {
    /** `body` answers whether it was one. */
    async transaction(body: () => Promise<boolean>): Promise<void> {
      underWay++
      try {
        if (await body()) own++
      } finally {
        underWay--
      }
    },
    /** `now` is the namespace's generation. Answers no while an own transaction may or may not be in it yet. */
    compare(now: number): boolean {
      if (underWay > 0) return false
      const expected = before === undefined ? now : (before + own) >>> 0
      before = now
      own = 0
      return now !== expected
    },
  }
}

async function runProgram(script: string, signal?: AbortSignal): Promise<true> {
  await run('nft', ['-f', '-'], { input: script, ...(signal ? { signal } : {}) }).catch(rethrow)
  return true
}

const listByProgram = async (what: string, signal?: AbortSignal): Promise<string> =>
  (await run('nft', ['-j', '-t', 'list', ...what.split(' ')], signal ? { signal } : {}).catch(rethrow)).stdout

function rethrow(error: unknown): never {
  if (error instanceof ProgramError && error.code === 'ProgramFailed') throw new NftError(explain(error.stderr), { cause: error })
  throw error
}

/** nft's first complaint with the line it is about; a failed transaction repeats itself for every command after it. */
const explain = (text: string): string => text.split('\n').slice(0, 2).join(' ').slice(0, 400)

function parse(output: string): readonly NftObject[] {
  const parsed: unknown = JSON.parse(output)
  if (typeof parsed === 'object' && parsed !== null && 'nftables' in parsed && Array.isArray(parsed.nftables))
    return parsed.nftables
  throw new PortolanError('NftFailed', 'nft printed something that is not libnftables-json(5)')
}

import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ProgramError, run } from '../../kernel/index.ts'
import { hexOf, type Summed, summed } from '../digest.ts'
import { BadImage } from '../image.ts'
import { uncompressed } from './compression.ts'
import { overlayTar } from './overlay.ts'

/** Into an empty folder, with owners, modes and attributes as they are in the archive, whoever those are on this machine. */
const TAR = [
  '--extract',
  '--file=-',
  '--same-owner',
  '--numeric-owner',
  '--same-permissions',
  '--delay-directory-restore',
  '--xattrs',
  '--xattrs-include=*',
  '--warning=no-timestamp',
]

/** So many digits of a digest name a layer's folder: mount(2) has room for a page of them. */
const NAME_LENGTH = 32

/** Folder of the layer whose uncompressed content has the digest `diffId`. */
export const layerFolder = (layers: string, diffId: string): string => join(layers, hexOf(diffId).slice(0, NAME_LENGTH))

export interface Unpacking {
  readonly diffId: string
  /** The folder of all layers. */
  readonly layers: string
  /** On the same file system: where what isn't whole yet lies, under a name that nobody else has. */
  readonly scratch: string
  /** The archive, compressed or not. Asked for only when the layer isn't there. */
  readonly open: () => AsyncIterable<Uint8Array>
}

/** Makes a layer's folder, unless it is there: whole or not at all. Throws {@link BadImage} when it isn't what `diffId` says. */
export async function unpackLayer({ diffId, layers, scratch, open }: Unpacking): Promise<string> {
  const folder = layerFolder(layers, diffId)
  if (await isThere(folder)) return folder
  // An image may hold programs that make their user root: nobody else on this machine gets at them.
  for (const parent of [layers, dirname(scratch)]) await mkdir(parent, { recursive: true, mode: 0o700 })
  await mkdir(scratch)
  try {
    let sum: Summed | undefined
    const input = overlayTar(summed(uncompressed(open()), (all) => (sum = all)))
    await run('tar', [...TAR, `--directory=${scratch}`], { input, env: { TAR_OPTIONS: '', LC_ALL: 'C' } })
    if (sum?.digest !== diffId) throw new BadImage(`a layer's content is ${sum?.digest} and should be ${diffId}`)
    await rename(scratch, folder)
  } catch (error) {
    // Somebody else may have unpacked it in the meantime.
    if (!(await isThere(folder))) throw explained(error)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  return folder
}

/** tar(1) doesn't always say why it could write a part only; there is one reason. */
const explained = (error: unknown): unknown =>
  error instanceof ProgramError && /Wrote only \d+ of \d+ bytes/.test(error.stderr)
    ? new Error('write: no space left on device', { cause: error })
    : error

const isThere = (folder: string): Promise<boolean> =>
  stat(folder).then(
    () => true,
    () => false,
  )

import type { Command } from 'commander'
import { type ClusterOption, rootOf, withCluster } from '../options.ts'

export function addImages(program: Command): void {
  const images = withCluster(program.command('images'))
    .description('list the images that the nodes have')
    .option('-o, --output <format>', 'json, for programs')
    .addHelpText('after', '\nExample:\n  portolan images\n  portolan images rm web:1')
    .action(async (flags: ClusterOption & { readonly output?: string }) => {
      const { listImages } = await import('../../cluster/index.ts')
      const list = (await listImages(await rootOf(flags))).map(({ name, config, size }) => ({ name, id: config, size }))
      if (flags.output === 'json') process.stdout.write(`${JSON.stringify(list, null, 2)}\n`)
      else process.stdout.write(table(list))
    })
  withCluster(images.command('rm'))
    .description('forget an image; its space is given back at the next portolan up')
    .argument('<image>')
    .action(async (image: string, flags: ClusterOption) => {
      const { removeImage } = await import('../../cluster/index.ts')
      const name = await removeImage(await rootOf(flags), image)
      process.stdout.write(`Removed image: ${name}\n`)
    })
}

interface Row {
  readonly name: string
  readonly id: string
  readonly size: number
}

function table(list: readonly Row[]): string {
  const rows = list.map(({ name, id, size }) => [name, id.replace('sha256:', '').slice(0, 12), printSize(size)])
  const width = Math.max(5, ...list.map(({ name }) => name.length)) + 3
  return [['IMAGE', 'ID', 'SIZE'], ...rows]
    .map(([name = '', id = '', size = '']) => `${name.padEnd(width)}${id.padEnd(15)}${size}\n`)
    .join('')
}

const printSize = (bytes: number): string => (bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)}kB` : `${(bytes / 1e6).toFixed(1)}MB`)

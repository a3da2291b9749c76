import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { RootCommand } from '@bomb.sh/tab'
import { type Command, Argument } from 'commander'
import { DEFAULT_NAME, rootOf } from '../options.ts'

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const

/** What a shell asks when somebody presses TAB is answered from a second program, made by `createProgram`. */
export function addCompletion(program: Command, createProgram: () => Command): void {
  const name = program.name()
  program.commandsGroup('Commands:')
  program
    .command('completion')
    .description('print what lets a shell complete commands, flags, clusters and nodes')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText(
      'after',
      `\nExample:\n  source <(${name} completion bash)        # in ~/.bashrc, to keep it; bash needs its package bash-completion`,
    )
    .action(async (shell: (typeof SHELLS)[number]) => (await completions(createProgram())).setup(name, name, shell))
  program
    .command('complete', { hidden: true })
    .description('what a shell may complete the last of these words to')
    .argument('[words...]')
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (words: string[]) => (await completions(createProgram())).parse(words))
}

async function completions(program: Command): Promise<RootCommand> {
  const { default: tab } = await import('@bomb.sh/tab/commander')
  // The library's own commands would be words of the program, too: they stay out of what is completed.
  const root = tab(program, { completionCommandName: 'completion' })
  root.commands.delete('complete')
  const [clusters, nodes] = [await clusterNames(), await nodeNames()]
  for (const [words, command] of root.commands) {
    const byName = command.options.get('name')
    if (byName) byName.handler = (complete) => clusters.forEach((each) => complete(each, 'cluster'))
    if (!/^node (exec|remove|start|stop)$/.test(words)) continue
    const whom = command.arguments.get('node')
    if (whom) whom.handler = (complete) => nodes.forEach((each) => complete(each, 'node'))
  }
  return root
}

/** The clusters that have been started here by their names. */
async function clusterNames(): Promise<string[]> {
  const parent = dirname(await rootOf({ name: DEFAULT_NAME }))
  try {
    return readdirSync(parent, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  } catch {
    return []
  }
}

/** Those of the cluster that is meant when nothing is said. */
async function nodeNames(): Promise<string[]> {
  const { status } = await import('../../cluster/index.ts')
  return status(await rootOf({ name: DEFAULT_NAME })).spec?.nodes.map(({ name }) => name) ?? []
}

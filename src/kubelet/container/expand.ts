/**
 * `$(NAME)` becomes the variable's value where there is one and stays as it is where there is none; `$$` is a dollar
 * sign, so `$$(NAME)` is never expanded (third_party/forked/golang/expansion).
 */
export const expand = (text: string, variables: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\$\$|\$\(([^)]*)\)/g, (whole: string, name: string | undefined) =>
    name === undefined ? '$' : (variables[name] ?? whole),
  )

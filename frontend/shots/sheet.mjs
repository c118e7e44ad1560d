const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** One page with all pictures: a row a state, light above dark. */
export function sheetOf(shots) {
  const names = [...new Set(shots.map(({ name }) => name))];
  const rows = names.map((name) => {
    const own = shots.filter((shot) => shot.name === name);
    const figures = own.map(
      ({ file, width, scheme, faults }) =>
        `<figure><a href="${file}"><img src="${file}" alt="" loading="lazy" style="width:${width / 4}px"></a>` +
        `<figcaption>${width} ${scheme}${faults.map((one) => `<br><b>${escaped(one)}</b>`).join("")}</figcaption></figure>`,
    );
    return `<section><h2>${name}</h2>${figures.join("")}</section>`;
  });
  const style =
    "body{font:14px system-ui;margin:24px;background:#888}figure{display:inline-block;margin:0 12px 12px 0;" +
    "vertical-align:top;max-width:480px}b{color:#600}";
  return `<!doctype html><meta charset="utf-8"><title>Pages</title><style>${style}</style>${rows.join("\n")}\n`;
}

// Draws a page from its data. Texts go into text nodes only: nothing of a run is ever taken for markup.
"use strict";
(() => {
    const root = document.documentElement;
    window.addEventListener("error", e => { root.dataset.error = String(e.message); });
    document.addEventListener("securitypolicyviolation", e => { root.dataset.error = `policy: ${e.violatedDirective}`; });
    const main = document.getElementById("main");
    let plots = [];
    let drawing = new AbortController();
    // What a person did to a table, by its heading: a live page keeps it.
    const tables = new Map();

    function make(tag, properties, ...children) {
        const node = document.createElement(tag);
        for (const [name, value] of Object.entries(properties || {})) {
            if (name in node) node[name] = value;
            else node.setAttribute(name, value);
        }
        node.append(...children);
        return node;
    }

    function draw(tag, attributes, ...children) {
        const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
        for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
        node.append(...children);
        return node;
    }

    const colour = name => getComputedStyle(root).getPropertyValue(name).trim();
    const colourOf = i => `var(--c${i % 8})`;
    // There are eight colours; those of marks are no curve's.
    const dashed = i => i >= 8;
    const colourOfMark = i => i ? "--mark" : "--soft";
    // Steps of an axis whose values are whole numbers.
    const wholes = [...Array(16).keys()].flatMap(power => [1, 2, 2.5, 5].map(n => n * 10 ** power)).filter(Number.isInteger);

    function short(value) {
        if (value === null || value === undefined || Number.isNaN(value)) return "";
        const size = Math.abs(value);
        if (size !== 0 && (size >= 1e9 || size < 1e-3)) return value.toExponential(2).replace(/\.?0+e/, "e").replace("e+", "e");
        if (size >= 1e6) return `${+(value / 1e6).toPrecision(4)}M`;
        if (size >= 1e4) return `${+(value / 1e3).toPrecision(4)}k`;
        return String(+value.toPrecision(5));
    }

    // 1, 2 or 5 times a power of ten: what a logarithmic axis has room for.
    const round = value => [1, 2, 5].includes(+(value / 10 ** Math.floor(Math.log10(value) + 1e-9)).toPrecision(3));

    const kinds = { facts, table, charts, bars, films, parallel, commands };

    function facts(section) {
        const list = make("dl");
        for (const [name, value] of section.rows)
            list.append(make("div", { className: value.length > 60 ? "long" : "" }, make("dt", {}, name), make("dd", {}, value)));
        return [list];
    }

    function table(section) {
        const body = make("tbody");
        // Names and dates stay on a line, sentences do not.
        const width = text => text.length <= 26 ? "short" : "";
        const rows = section.rows.map(cells => {
            const row = make("tr");
            for (const cell of cells) {
                if (cell !== null && typeof cell === "object") {
                    const href = cell.href.startsWith("/") ? cell.href : "";
                    row.append(make("td", { className: width(cell.text) }, make("a", { href }, cell.text)));
                    continue;
                }
                const number = typeof cell === "number";
                const text = cell === null ? "" : number ? (Number.isInteger(cell) ? cell.toLocaleString("en") : short(cell)) : cell;
                row.append(number
                    ? make("td", { className: "number", title: String(cell) }, text)
                    : make("td", { className: width(text) }, make("div", {}, text)));
            }
            const plain = cells.map(cell => cell !== null && typeof cell === "object" ? cell.text : cell);
            return { row, cells: plain, text: plain.join(" ").toLowerCase() };
        });
        const kept = tables.get(section.title) || { words: "", column: -1, down: false, ticked: new Set() };
        tables.set(section.title, kept);
        const picks = section.ids ? ticks(section.ids, rows, kept.ticked) : [];
        body.append(...rows.map(r => r.row));

        const heads = section.columns.map((column, at) => {
            const head = make("th", { scope: "col", className: rows.some(r => typeof r.cells[at] === "number") ? "number" : "" });
            head.append(make("button", { type: "button", title: `sort by ${column}` }, make("span", {}, column)));
            head.firstChild.addEventListener("click", () => {
                [kept.down, kept.column] = [kept.column === at && !kept.down, at];
                sort();
            });
            return head;
        });
        function sort() {
            const { column: at, down } = kept;
            if (at < 0 || at >= heads.length) return;
            heads.forEach(h => h.removeAttribute("aria-sort"));
            heads[at].setAttribute("aria-sort", down ? "descending" : "ascending");
            const compare = (a, b) => typeof a === "number" && typeof b === "number" ? a - b
                : String(a).localeCompare(String(b), "en", { numeric: true });
            rows.sort((a, b) => {
                const [x, y] = [a.cells[at], b.cells[at]];
                // What has no value stands last either way.
                if (x === null || y === null) return (x === null) - (y === null);
                return down ? compare(y, x) : compare(x, y);
            });
            body.append(...rows.map(r => r.row));
        }
        sort();
        const wide = make("div", { className: "wide", tabIndex: 0, role: "region", ariaLabel: section.title },
            make("table", { className: "data" }, make("thead", {}, make("tr", {}, ...(section.ids ? [make("td", { className: "box" })] : []), ...heads)), body));
        if (rows.length < 8) return [...picks, wide];

        const count = make("span", { className: "count", role: "status" });
        const filter = make("input", { type: "search", placeholder: "filter: words that a row has", ariaLabel: `filter ${section.title}`,
            value: kept.words });
        const show = () => {
            kept.words = filter.value;
            const words = filter.value.toLowerCase().split(/\s+/).filter(w => w);
            let shown = 0;
            for (const r of rows) {
                r.row.hidden = !words.every(w => r.text.includes(w));
                if (!r.row.hidden) shown++;
            }
            count.textContent = `${shown} of ${rows.length}`;
            filter.dispatchEvent(new CustomEvent("filtered", { bubbles: true, detail: words }));
        };
        filter.addEventListener("input", show);
        show();
        return [make("div", {}, filter, count), ...picks, wide];
    }

    // A box before each row, and the button that shows the ticked ones beside each other.
    function ticks(ids, rows, ticked) {
        const button = make("button", { type: "button" });
        const show = () => {
            button.disabled = ticked.size < 2;
            button.textContent = `compare ${ticked.size} runs`;
        };
        ids.forEach((id, i) => {
            const box = make("input", { type: "checkbox", checked: ticked.has(id), ariaLabel: `compare ${rows[i].cells[0]}` });
            box.addEventListener("change", () => {
                if (box.checked) ticked.add(id);
                else ticked.delete(id);
                show();
            });
            rows[i].row.prepend(make("td", { className: "box" }, box));
        });
        button.addEventListener("click", () => { location.href = `/compare?${[...ticked].map(id => `id=${encodeURIComponent(id)}`).join("&")}`; });
        show();
        return [make("p", { className: "picks" }, button)];
    }

    // One column of steps for all curves, and a column of values for each; steps that a curve has twice stay two.
    function align(curves) {
        const most = new Map();
        const each = (xs, visit) => {
            let run = 0;
            xs.forEach((x, i) => { run = i > 0 && xs[i - 1] === x ? run + 1 : 0; visit(x, run, i); });
        };
        for (const c of curves) each(c.x, (x, run) => { if ((most.get(x) ?? -1) < run) most.set(x, run); });
        const first = new Map(), xs = [];
        for (const x of [...most.keys()].sort((a, b) => a - b)) {
            first.set(x, xs.length);
            for (let n = most.get(x); n >= 0; n--) xs.push(x);
        }
        const column = (c, values) => {
            const column = new Array(xs.length).fill(null);
            each(c.x, (x, run, i) => { column[first.get(x) + run] = values[i]; });
            return column;
        };
        return { xs, column };
    }

    // The same rule as the SVG charts': room at both ends, and zero where it is not far or has to be there.
    function range(low, high, fromZero) {
        if (!(low <= high)) return [0, 1];
        if (fromZero) [low, high] = [Math.min(low, 0), Math.max(high, 0)];
        if (high - low <= 1e-12 * Math.max(1, Math.abs(high))) [low, high] = low === 0 ? [0, 1] : [Math.min(low, 0), Math.max(high, 0)];
        else if (low > 0 && low <= (high - low) / 2) low = 0;
        const room = 0.04 * (high - low);
        return [low - room, high + room];
    }

    function extent(lists) {
        let [low, high] = [Infinity, -Infinity];
        for (const list of lists)
            for (const value of list)
                if (value !== null) [low, high] = [Math.min(low, value), Math.max(high, value)];
        return [low, high];
    }

    function chart(spec) {
        const figure = make("figure", {}, make("h3", {}, spec.title));
        const legend = make("div", { className: "legend" });
        const place = make("div", { className: "plot", tabIndex: 0, role: "img" });
        figure.append(legend, place);
        const { xs, column } = align(spec.curves);
        const data = [xs], series = [{}], bands = [], values = [];
        spec.curves.forEach((curve, i) => {
            curve.at = data.length;
            data.push(column(curve, curve.y));
            series.push({ curve, i });
            if (curve.low) {
                data.push(column(curve, curve.high), column(curve, curve.low));
                series.push({ edge: true }, { edge: true });
                bands.push({ series: [curve.at + 1, curve.at + 2], i });
            }
        });
        const own = extent(spec.curves.flatMap(c => [c.y, c.low || [], c.high || []]));
        // A mark far above all values would press the curve to the ground: its value stands in the legend.
        const marks = spec.marks.map(([name, value]) => ({ name, value, shown: value <= own[1] + 2 * Math.max(own[1] - Math.min(own[0], 0), 0) }));
        const y = range(...extent([own, marks.filter(m => m.shown).map(m => m.value)]), spec.fromZero);
        const span = extent([xs, spec.span || []]);
        const x = spec.words.length ? [-0.5, spec.words.length - 0.5]
            : spec.logX ? span.map((v, i) => v * (i ? 1.15 : 1 / 1.15)) : range(...span);
        const whole = !spec.logX && xs.every(Number.isInteger);
        const points = spec.curves.reduce((sum, c) => sum + c.x.length, 0);
        figure.dataset.points = points;
        place.setAttribute("aria-label", `${spec.title}: ${spec.curves.map(c => c.name).join(", ")}; ${points} points, `
            + `${short(own[0])} to ${short(own[1])}. Arrow keys move along it.`);

        spec.curves.forEach((curve, i) => {
            const value = make("b");
            values[i] = value;
            if (curve.x.length === 0) return;
            const key = make("i", { className: curve.style === "dots" ? "dots" : dashed(i) ? "dashed" : "" });
            key.style.color = colourOf(i);
            const button = make("button", { type: "button", ariaPressed: "true", title: curve.name }, key, curve.name, value);
            button.addEventListener("click", () => {
                const show = button.ariaPressed !== "true";
                button.ariaPressed = String(show);
                for (let s = curve.at; s <= curve.at + (curve.low ? 2 : 0); s++) plot.instance.setSeries(s, { show });
            });
            legend.append(button);
        });
        marks.forEach((mark, i) => {
            const key = make("i", { className: "mark" });
            key.style.color = `var(${colourOfMark(i)})`;
            legend.append(make("span", {}, key, mark.name, make("b", {}, short(mark.value) + (mark.shown ? "" : ", above the chart"))));
        });

        const at = make("span", {}, "");
        legend.append(at);
        function told(u) {
            const index = u.cursor.idx;
            const known = index !== null && index !== undefined;
            at.textContent = known ? `${spec.x} ${spec.words.length ? spec.words[Math.round(xs[index])] : xs[index].toLocaleString("en")}` : "";
            spec.curves.forEach((curve, i) => {
                // The nearest step at which this curve has a value.
                let value = null;
                for (let d = 0; known && d < xs.length && value === null; d++)
                    value = data[curve.at][index - d] ?? data[curve.at][index + d] ?? null;
                values[i].textContent = short(value);
            });
        }

        const plot = {
            make() {
                const [ink, line] = [colour("--soft"), colour("--line")];
                const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1, size: 4 }, font: "12px system-ui, sans-serif",
                    labelFont: "12px system-ui, sans-serif", labelSize: 20, labelGap: 2 };
                const words = spec.words.map(w => w.length > 14 ? `${w.slice(0, 13)}…` : w);
                plot.instance = new uPlot({
                    width: Math.max(200, place.clientWidth),
                    height: 250,
                    legend: { show: false },
                    padding: [8, 14, 0, 0],
                    cursor: { drag: { x: true, y: false }, points: { size: 6 } },
                    scales: {
                        x: { time: false, distr: spec.logX ? 3 : 1, range: (u, low, high) => plot.zoom || x },
                        y: { range: () => y },
                    },
                    axes: [
                        { ...axis, label: spec.x, size: 34, ...(whole ? { incrs: wholes } : {}), ...(words.length
                            ? { splits: () => words.map((_, i) => i), values: () => words }
                            : { values: (u, ticks) => ticks.map(t => t === null || (spec.logX && !round(t)) ? "" : short(t)) }) },
                        { ...axis, label: spec.y, size: 52, values: (u, ticks) => ticks.map(short) },
                    ],
                    series: series.map((s, at) => at === 0 ? {} : s.edge
                        ? { stroke: "transparent", width: 0, points: { show: false }, spanGaps: true }
                        : s.curve.style === "dots"
                            ? { stroke: colour(`--c${s.i % 8}`), paths: () => null, points: { show: true, size: s.curve.x.length > 200 ? 3.5 : 7, width: 0, fill: colour(`--c${s.i % 8}`) + "99" } }
                            : { stroke: colour(`--c${s.i % 8}`), width: 1.8, spanGaps: true, dash: dashed(s.i) ? [7, 4] : undefined,
                                ...(s.curve.style === "steps" ? { paths: uPlot.paths.stepped({ align: 1 }) } : {}),
                                points: { show: s.curve.x.length < 40 && !spec.curves.some(c => c.style === "dots"), size: 5, fill: colour(`--c${s.i % 8}`) } }),
                    bands: bands.map(b => ({ series: b.series, fill: colour(`--c${b.i % 8}`) + "33" })),
                    hooks: {
                        setCursor: [told],
                        setSelect: [u => { if (u.select.width > 2) plot.zoom = [u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x")]; }],
                        draw: [u => {
                            marks.forEach((mark, i) => {
                                if (!mark.shown) return;
                                const py = u.valToPos(mark.value, "y", true);
                                u.ctx.save();
                                u.ctx.strokeStyle = colour(colourOfMark(i));
                                u.ctx.lineWidth = 1.5 * devicePixelRatio;
                                u.ctx.setLineDash([6 * devicePixelRatio, 5 * devicePixelRatio]);
                                u.ctx.beginPath();
                                u.ctx.moveTo(u.bbox.left, py);
                                u.ctx.lineTo(u.bbox.left + u.bbox.width, py);
                                u.ctx.stroke();
                                u.ctx.restore();
                            });
                        }],
                    },
                }, data, place);
                // uPlot zooms back to the range of all values, which is not ours.
                plot.instance.over.addEventListener("dblclick", () => { plot.zoom = null; plot.instance.setData(data); }, true);
            },
            fit() {
                const width = Math.max(200, place.clientWidth);
                if (plot.instance && plot.instance.width !== width) plot.instance.setSize({ width, height: 250 });
            },
            again() {
                plot.instance.destroy();
                plot.make();
            },
        };
        place.addEventListener("keydown", e => {
            const u = plot.instance, last = xs.length - 1, stride = e.shiftKey ? Math.ceil(last / 20) : 1;
            const now = u.cursor.idx ?? -1;
            const next = { ArrowRight: now + stride, ArrowLeft: now - stride, Home: 0, End: last }[e.key];
            if (next === undefined) return;
            e.preventDefault();
            const index = Math.min(last, Math.max(0, next));
            u.setCursor({ left: u.valToPos(xs[index], "x"), top: u.bbox.height / devicePixelRatio / 2 });
        });
        plots.push({ plot, place });
        return figure;
    }

    function charts(section) {
        return [make("div", { className: "charts" }, ...section.charts.map(chart))];
    }

    function bars(section) {
        const list = make("div", { className: "bars" });
        const most = Math.max(...section.rows.map(r => r[1]), 1e-12);
        for (const [name, share, text] of section.rows) {
            const bar = make("i");
            bar.style.width = `${75 * Math.max(0, share) / most}%`;
            list.append(make("span", {}, name), make("div", { className: "bar" }, bar, make("span", {}, text)));
        }
        return [list];
    }

    function films(section) {
        return [make("div", { className: "films" }, ...section.rows.map(([name, source]) =>
            make("figure", {}, make("img", { loading: "lazy", alt: name, src: source }), make("figcaption", {}, name))))];
    }

    function parallel(section) {
        const [width, height, left, right, top, bottom] = [Math.max(760, 150 * section.axes.length), 380, 90, 90, 40, 20];
        const svg = draw("svg", { class: "parallel", viewBox: `0 0 ${width} ${height}`, role: "img" }, draw("title", {}, section.title));
        const at = i => left + (width - left - right) * i / Math.max(1, section.axes.length - 1);
        const up = share => height - bottom - (height - top - bottom) * share;
        const lines = section.rows.map(([name, shares], n) => {
            const points = shares.map((s, i) => s === null ? null : `${at(i).toFixed(1)},${up(s).toFixed(1)}`).filter(p => p !== null);
            const rank = section.rows.length === 1 ? 1 : n / (section.rows.length - 1);
            const line = draw("polyline", { points: points.join(" "), "stroke-opacity": (0.15 + 0.75 * rank * rank).toFixed(2),
                class: n === section.rows.length - 1 ? "best" : "" }, draw("title", {}, name));
            line.words = name.toLowerCase();
            return line;
        });
        svg.append(...lines);
        section.axes.forEach(([name, ticks], i) => {
            svg.append(draw("line", { class: "axis", x1: at(i), x2: at(i), y1: top, y2: height - bottom }));
            const label = name.length > 24 ? `${name.slice(0, 23)}…` : name;
            svg.append(draw("text", { x: at(i), y: i % 2 && section.axes.length > 5 ? 28 : 14, "text-anchor": "middle" }, label));
            const last = i === section.axes.length - 1;
            for (const [share, text] of ticks)
                svg.append(draw("text", { x: at(i) + (last ? 6 : -6), y: up(share) + 4, "text-anchor": last ? "start" : "end" },
                    text.length > 12 ? `${text.slice(0, 11)}…` : text));
        });
        // What the filter of a table leaves out is left out here.
        main.addEventListener("filtered", e => {
            for (const line of lines) line.classList.toggle("out", !e.detail.every(w => line.words.includes(w)));
        }, { signal: drawing.signal });
        return [make("div", { className: "wide", tabIndex: 0, role: "region", ariaLabel: section.title }, svg)];
    }

    function commands(section) {
        return section.rows.map(text => {
            const shown = make("pre", { tabIndex: 0 }, text);
            const copy = make("button", { type: "button" }, "copy");
            copy.addEventListener("click", () => {
                getSelection().selectAllChildren(shown);
                if (navigator.clipboard) navigator.clipboard.writeText(text).then(() => { copy.textContent = "copied"; }, () => { });
            });
            return make("div", { className: "command" }, shown, copy);
        });
    }

    const sizes = new ResizeObserver(() => { for (const { plot } of plots) plot.fit(); });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { for (const { plot } of plots) plot.again(); });

    function show(page) {
        drawing.abort();
        drawing = new AbortController();
        sizes.disconnect();
        for (const { plot } of plots) plot.instance.destroy();
        plots = [];
        document.title = page.title;
        const header = make("header", {}, make("h1", {}, page.title));
        if (page.status) header.append(make("span", { className: `badge ${page.state}` }, page.status));
        if (live && location.pathname !== "/") header.append(make("a", { href: "/" }, "all runs"));
        header.append(make("p", {}, page.subtitle));
        const parts = page.sections.map(section => {
            const part = make("section", {});
            if (section.title) part.append(make("h2", {}, section.title));
            if (section.note) part.append(make("p", { className: "note" }, section.note));
            return [part, section];
        });
        const [at, focused] = [scrollY, document.activeElement?.ariaLabel];
        main.replaceChildren(header, ...parts.map(([part]) => part));
        for (const [part, section] of parts) part.append(...kinds[section.kind](section));
        for (const { plot, place } of plots) {
            plot.make();
            sizes.observe(place);
        }
        scrollTo(0, at);
        // A filter that was kept holds for the lines above it too.
        for (const filter of main.querySelectorAll("input[type=search]")) if (filter.value) filter.dispatchEvent(new Event("input"));
        if (focused) [...main.querySelectorAll("[aria-label]")].find(e => e.ariaLabel === focused)?.focus({ preventScroll: true });
        root.dataset.plots = plots.length;
        root.dataset.drawn = Number(root.dataset.drawn || 0) + 1;
        root.dataset.ready = "true";
    }

    const live = root.dataset.live === "true";
    const first = document.getElementById("data").textContent;
    show(JSON.parse(first));
    if (live) {
        const every = 3000;
        let shown = first;
        const follow = async () => {
            try {
                const answer = document.hidden ? null : await fetch(`${location.pathname}${location.search}${location.search ? "&" : "?"}data=1`);
                const text = answer?.ok ? await answer.text() : shown;
                // Not while a person marks a text.
                if (text !== shown && getSelection().isCollapsed) {
                    shown = text;
                    show(JSON.parse(text));
                }
            } catch {
                // The server is gone for now.
            }
            setTimeout(follow, every);
        };
        setTimeout(follow, every);
    }
})();

#!/bin/sh
# Makes .dvc/plots/page.html: the page of `dvc plots show` with Vega inside, so that it needs no network.
# Run it to take newer versions of Vega (npm fetches them), then commit the page.
set -eu
VEGA=5.33.1 VEGA_LITE=5.23.0 VEGA_EMBED=6.29.0
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fetch() { # NAME VERSION
    (cd "$scratch" && npm pack --silent "$1@$2" >/dev/null && mkdir "$1" && tar xzf "$1-$2.tgz" -C "$1")
}
script() { # NAME VERSION: the script under its licence, after a look that nothing in it ends it early
    file="$scratch/$1/package/build/$1.min.js" licence="$scratch/$1/package/LICENSE"
    [ -f "$licence" ] || licence="$scratch/vega-lite/package/LICENSE" # vega has the same, and ships none
    if grep -qi '</script\|{plot_divs}\|{refresh_tag}' "$file"; then
        echo "$1 $2: cannot stand inside a page" >&2
        exit 1
    fi
    printf '<script>/* %s %s, https://github.com/vega/%s\n' "$1" "$2" "$1"
    cat "$licence"
    printf '*/\n'
    cat "$file"
    printf '\n</script>\n'
}
fetch vega "$VEGA"
fetch vega-lite "$VEGA_LITE"
fetch vega-embed "$VEGA_EMBED"
{
    cat <<'HEAD'
<!DOCTYPE html>
<!-- made by tools/make_plots_page.sh -->
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Plots of the shop's models</title>
{refresh_tag}
<style>body { font: 16px/1.5 system-ui, sans-serif; margin: 24px; } body > div { vertical-align: top; } table { border-spacing: 15px; }</style>
HEAD
    script vega "$VEGA"
    script vega-lite "$VEGA_LITE"
    script vega-embed "$VEGA_EMBED"
    cat <<'BODY'
</head>
<body>
<h1>Plots</h1>
{plot_divs}
</body>
</html>
BODY
} >"$scratch/page.html"
mv "$scratch/page.html" .dvc/plots/page.html

import{a,b}from"./chunk-POH7SWEB.js";import"./chunk-2XO4SPTD.js";import"./chunk-H67BBWPZ.js";import"./chunk-D7T4XN55.js";import"./chunk-AAZABAPM.js";export{b as Figure,a as StatusPage};
